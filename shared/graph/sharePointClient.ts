import type { GroupMapping, UserMapping } from '../contracts/identityMapping.ts';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import type { GraphResult } from './graphResult.ts';

/** `sharePointMigrationTask` as the app uses it. Instants keep Graph's own text, which may be malformed. */
export interface SharePointTask {
  /** Null in the answer to a validation. */
  readonly id: string | null;
  /** Lower-camel-case where known (`success` → `completed`); an unknown one as it came. */
  readonly status: string;
  /** As Graph shows them: it may fill in what was left out. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly startedDateTime: string | null;
  readonly finishedDateTime: string | null;
  readonly lastUpdatedDateTime: string | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** An entry of the target's identity map, as far as the app reads it. */
export interface MappedIdentity {
  readonly id: string | null;
  /** The user's principal name, or the group's object id, in the target; null when the entry does not say. */
  readonly target: string | null;
}

/** An entry of an identity map that is to go. */
export type Removed<Mapping extends UserMapping | GroupMapping> = Pick<
  Mapping,
  'sourceOrganizationId'
> &
  (Mapping extends UserMapping
    ? Pick<UserMapping, 'sourceUserIdentity'>
    : Pick<GroupMapping, 'sourceGroupIdentity'>) & {
    readonly '@removed': { readonly reason: 'deleted' };
  };

/**
 * One function per operation of `/solutions/sharePoint/migrations`, in beta: tasks in the source tenant, identity mappings in
 * the target.
 */
export interface SharePointClient {
  /** Graph: create or update. With `validateOnly` nothing is created, and the answer has no id. */
  createTask(parameters: SharePointParameters): Promise<GraphResult<SharePointTask>>;
  getTask(taskId: string): Promise<GraphResult<SharePointTask>>;
  getTaskByUser(sourcePrincipalName: string): Promise<GraphResult<SharePointTask>>;
  getTaskBySite(sourceSiteUrl: string): Promise<GraphResult<SharePointTask>>;
  getTaskByGroup(sourceGroupMailNickname: string): Promise<GraphResult<SharePointTask>>;
  /** Works only before the task has started; `conflict` afterwards. */
  cancelTask(taskId: string): Promise<GraphResult<null>>;
  getUserMapping(sourceUserPrincipalName: string): Promise<GraphResult<MappedIdentity>>;
  getGroupMapping(sourceGroupObjectId: string): Promise<GraphResult<MappedIdentity>>;
  /** Writes entries, 50 a call; the first call that is not done ends it, and all may be sent again. What was taken must be read back: no error for a single entry is documented. */
  patchUserMappings(
    entries: readonly (UserMapping | Removed<UserMapping>)[],
  ): Promise<GraphResult<null>>;
  patchGroupMappings(
    entries: readonly (GroupMapping | Removed<GroupMapping>)[],
  ): Promise<GraphResult<null>>;
  /** One cheap read, of a task that cannot be there, that shows whether identity, permission and trust are in place. */
  checkAccess(): Promise<GraphResult<null>>;
}
