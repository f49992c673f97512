import { z } from 'zod';
import { isUnsetInstant } from '../domain/lenientInstant.ts';
import { sharePointStatuses } from '../domain/sharePointStatus.ts';
import { flatErrors } from './errorNodes.ts';
import { normalised } from './jobShapes.ts';
import { loose, looseInstant, looseText, membersOf, textOrNull } from './looseText.ts';
import type { MappedIdentity, SharePointTask } from './sharePointClient.ts';

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
