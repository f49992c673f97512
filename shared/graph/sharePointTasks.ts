import { z } from 'zod';
import type { GroupMapping, UserMapping } from '../contracts/request.ts';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { isUnsetInstant } from '../contracts/text.ts';
import { sharePointStatuses } from '../domain/sharePoint.ts';
import {
  flatErrors,
  loose,
  looseInstant,
  looseText,
  membersOf,
  textOrNull,
  normalised,
} from './problems.ts';
import type { GraphResult } from './result.ts';

/**
 * A `sharePointMigrationTask`, as far as the app uses it. Instants are Graph's own text, which may
 * be malformed.
 */
export interface SharePointTask {
  /** Null in the response to a validation. */
  readonly id: string | null;
  /** In lower camel case if documented (`success` becomes `completed`), else unchanged. */
  readonly status: string;
  /** As Graph shows them: it may add parameters that were not sent. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly startedDateTime: string | null;
  readonly finishedDateTime: string | null;
  readonly lastUpdatedDateTime: string | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

/** An entry of the target's identity map, as far as the app uses it. */
export interface MappedIdentity {
  readonly id: string | null;
  /**
   * The user's principal name or the group's object id in the target, or null if the entry has
   * none.
   */
  readonly target: string | null;
}

/** An entry of an identity map that is to be removed. */
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
 * The operations of `/solutions/sharePoint/migrations` (beta). Tasks are in the source tenant,
 * identity mappings in the target tenant.
 */
export interface SharePointClient {
  /**
   * Creates or updates a task. With `validateOnly` nothing is created, and the response has no id.
   */
  createTask(parameters: SharePointParameters): Promise<GraphResult<SharePointTask>>;
  getTask(taskId: string): Promise<GraphResult<SharePointTask>>;
  getTaskByUser(sourcePrincipalName: string): Promise<GraphResult<SharePointTask>>;
  getTaskBySite(sourceSiteUrl: string): Promise<GraphResult<SharePointTask>>;
  getTaskByGroup(sourceGroupMailNickname: string): Promise<GraphResult<SharePointTask>>;
  /** Cancels a task that has not started. Returns `conflict` afterwards. */
  cancelTask(taskId: string): Promise<GraphResult<null>>;
  getUserMapping(sourceUserPrincipalName: string): Promise<GraphResult<MappedIdentity>>;
  getGroupMapping(sourceGroupObjectId: string): Promise<GraphResult<MappedIdentity>>;
  /**
   * Writes entries, 50 per call, and stops at the first call that fails. All entries can be sent
   * again. Read them back, because Graph documents no error for a single entry.
   */
  patchUserMappings(
    entries: readonly (UserMapping | Removed<UserMapping>)[],
  ): Promise<GraphResult<null>>;
  patchGroupMappings(
    entries: readonly (GroupMapping | Removed<GroupMapping>)[],
  ): Promise<GraphResult<null>>;
  /** Reads a task that cannot exist, to check identity, permission and trust. */
  checkAccess(): Promise<GraphResult<null>>;
}

/** The id of a SharePoint task. It need not be a GUID: one in Graph's own examples is not. */
export const taskIdSchema = z
  .string()
  .regex(/^[0-9A-Za-z-]{1,64}$/, 'must be the id of a SharePoint task');

const taskMembers = z.looseObject({
  // The response to a validation has no id. An id that cannot be part of a URL is useless.
  id: loose((value) => taskIdSchema.safeParse(value).data ?? null),
  status: z.string().min(1),
  parameters: loose(parametersOf),
  startedDateTime: looseInstant,
  finishedDateTime: looseInstant,
  lastUpdatedDateTime: looseInstant,
  error: loose(flatErrors),
  errors: loose(flatErrors),
});

/**
 * Parses a `sharePointMigrationTask` (Graph: resource type). Some of Graph's pages have a list
 * `errors` instead of `error`.
 */
export const sharePointTaskSchema = taskMembers.transform(taskOf);

/** Parses the response to a create. An id proves that the task exists, whatever its status. */
export const createdTaskSchema = taskMembers
  .extend({ status: looseText })
  .refine(({ id, status }) => id !== null || status !== '', {
    path: ['id'],
    message: 'has neither an id nor a status',
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

/** Returns the parameters that Graph shows, with null for dates that mean "not set". */
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

// A body without any member of an entry does not show whether the entry exists.
const noEntry = { path: ['id'], message: 'is not an entry of an identity map' };

function nameIn(shown: Identity, member: string): string | null {
  return textOrNull.parse(shown?.get(member.toLowerCase()));
}

/** Parses a `crossOrganizationUserMapping` (Graph: resource type). */
export const userMappingResponseSchema = z
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

/** Parses a `crossOrganizationGroupMapping` (Graph: resource type). */
export const groupMappingResponseSchema = z
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
