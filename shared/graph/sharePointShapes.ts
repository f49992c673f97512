import { z } from 'zod';
import { sharePointStatuses } from '../domain/sharePointStatus.ts';
import { normalised } from './jobShapes.ts';
import { looseText } from './looseText.ts';
import type { MappedIdentity, SharePointTask } from './sharePointClient.ts';

const instant = z.string().nullish().transform((value) => value ?? null);

interface PublicError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly PublicError[] | null | undefined;
}
const publicErrorSchema: z.ZodType<PublicError> = z.lazy(() => z.looseObject({ code: looseText, message: looseText, details: z.array(publicErrorSchema).nullish() }));

/** `sharePointMigrationTask` (Graph: resource type). Early pages have `errors`, a list, where later ones have `error`. */
export const sharePointTaskSchema = z
  .looseObject({
    id: z.string().nullish(),
    status: looseText,
    parameters: z.record(z.string(), z.unknown()).nullish(),
    startedDateTime: instant,
    finishedDateTime: instant,
    lastUpdatedDateTime: instant,
    error: publicErrorSchema.nullish(),
    errors: z.array(publicErrorSchema).nullish(),
  })
  .transform(
    (task): SharePointTask => ({
      id: task.id === undefined || task.id === null || task.id === '' ? null : task.id,
      status: statusOf(task.status),
      parameters: task.parameters ?? {},
      startedDateTime: task.startedDateTime,
      finishedDateTime: task.finishedDateTime,
      lastUpdatedDateTime: task.lastUpdatedDateTime,
      errors: [...(task.error === undefined || task.error === null ? [] : [task.error]), ...(task.errors ?? [])].flatMap(flat),
    }),
  );

function statusOf(status: string): string {
  return status.toLowerCase() === 'success' ? 'completed' : normalised(status, sharePointStatuses);
}

/** An error with those that it is made of. */
function flat({ code, message, details }: PublicError): { readonly code: string; readonly message: string }[] {
  const own = code === '' && message === '' ? [] : [{ code, message }];
  return [...own, ...(details ?? []).flatMap(flat)];
}

/** `crossOrganizationUserMapping` (Graph: resource type). */
export const userMappingShape = z
  .looseObject({ id: z.string().nullish(), targetUserIdentity: z.looseObject({ userPrincipalName: z.string().nullish() }).nullish() })
  .transform((entry): MappedIdentity => ({ id: entry.id ?? null, target: entry.targetUserIdentity?.userPrincipalName ?? null }));

/** `crossOrganizationGroupMapping` (Graph: resource type). */
export const groupMappingShape = z
  .looseObject({ id: z.string().nullish(), targetGroupIdentity: z.looseObject({ id: z.string().nullish() }).nullish() })
  .transform((entry): MappedIdentity => ({ id: entry.id ?? null, target: entry.targetGroupIdentity?.id ?? null }));
