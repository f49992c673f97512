import { z } from 'zod';
import type { GroupMapping, UserMapping } from '../contracts/request.ts';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { sharePointStatuses } from '../domain/sharePoint.ts';
import { isUnsetInstant } from '../domain/text.ts';
import { normalised } from './jobs.ts';
import { flatErrors, loose, looseInstant, looseText, membersOf, textOrNull } from './problems.ts';
import type { GraphResult } from './result.ts';

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

/** What the id of a SharePoint task may look like: Graph's own examples have one with a letter that no GUID has. */
export const taskIdSchema = z
  .string()
  .regex(/^[0-9A-Za-z-]{1,64}$/, 'must be an id of a SharePoint task');

const taskMembers = z.looseObject({
  // The answer to a validation has none; one that no address takes is as good as none.
  id: loose((value) => taskIdSchema.safeParse(value).data ?? null),
  status: z.string().min(1),
  parameters: loose(parametersOf),
  startedDateTime: looseInstant,
  finishedDateTime: looseInstant,
  lastUpdatedDateTime: looseInstant,
  error: loose(flatErrors),
  errors: loose(flatErrors),
});

/** `sharePointMigrationTask` (Graph: resource type). Early pages have `errors`, a list, where later ones have `error`. */
export const sharePointTaskSchema = taskMembers.transform(taskOf);

/** The task in the answer to a create: with an id it is there, whatever its status. */
export const createdTaskSchema = taskMembers
  .extend({ status: looseText })
  .refine(({ id, status }) => id !== null || status !== '', {
    path: ['id'],
    message: 'neither an id nor a status',
  })
  .transform(taskOf);

function taskOf({
  id,
  status,
  parameters,
  startedDateTime,
  finishedDateTime,
  lastUpdatedDateTime,
  error,
  errors,
}: z.output<typeof taskMembers>): SharePointTask {
  return {
    id,
    status: statusOf(status),
    parameters,
    startedDateTime,
    finishedDateTime,
    lastUpdatedDateTime,
    errors: [...error, ...errors],
  };
}

function statusOf(status: string): string {
  return status.toLowerCase() === 'success' ? 'completed' : normalised(status, sharePointStatuses);
}

/** What Graph shows of the parameters, without dates that mean "not set". */
function parametersOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'string' && isUnsetInstant(member) ? null : member,
    ]),
  );
}

const identity = loose((value) =>
  typeof value === 'object' && value !== null ? membersOf(value) : null,
);
type Identity = z.output<typeof identity>;

/** A body with nothing of an entry says nothing of whether there is one. */
const noEntry = { path: ['id'], message: 'no entry of an identity map' };

function nameIn(shown: Identity, member: string): string | null {
  return textOrNull.parse(shown?.get(member.toLowerCase()));
}

/** `crossOrganizationUserMapping` (Graph: resource type). */
export const userMappingShape = z
  .looseObject({ id: textOrNull, sourceUserIdentity: identity, targetUserIdentity: identity })
  .refine(
    ({ id, sourceUserIdentity, targetUserIdentity }) =>
      id !== null || sourceUserIdentity !== null || targetUserIdentity !== null,
    noEntry,
  )
  .transform(({ id, targetUserIdentity }): MappedIdentity => ({
    id,
    target: nameIn(targetUserIdentity, 'userPrincipalName'),
  }));

/** `crossOrganizationGroupMapping` (Graph: resource type). */
export const groupMappingShape = z
  .looseObject({ id: textOrNull, sourceGroupIdentity: identity, targetGroupIdentity: identity })
  .refine(
    ({ id, sourceGroupIdentity, targetGroupIdentity }) =>
      id !== null || sourceGroupIdentity !== null || targetGroupIdentity !== null,
    noEntry,
  )
  .transform(({ id, targetGroupIdentity }): MappedIdentity => ({
    id,
    target: nameIn(targetGroupIdentity, 'id'),
  }));
