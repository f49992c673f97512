import type { z } from 'zod';
import {
  mappingsInputSchema,
  type writeMappingsResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import type { GroupMapping, UserMapping } from '../../shared/contracts/request.ts';
import { isPaused } from '../../shared/domain/commands.ts';
import { graphPolicy } from '../../shared/domain/policies.ts';
import { describeProblem, readResult } from '../../shared/graph/problems.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import type { MappedIdentity, SharePointClient } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited, storedMigration } from '../activityServices.ts';
import { isFrozen, responseText } from '../batchStatus.ts';
import { sharePointClient } from './taskRow.ts';

type Result = z.infer<typeof writeMappingsResultSchema>;
type NotWritten =
  | Exclude<Result, { kind: 'retryAfter' | 'done' | 'paused' }>
  | (Extract<Result, { kind: 'retryAfter' }> & { readonly problem: GraphProblem });

// The most entries that Graph accepts in one call.
const slice = 50;

/**
 * Writes fifty of the request's identity mappings (Graph: update identity mappings), then reads
 * each of them back, because Graph reports no errors for single entries. Safe to repeat.
 */
export async function writeMappings(input: unknown, services: ActivityServices): Promise<Result> {
  const { migrationId, list, start, tries, fault } = mappingsInputSchema.parse(input);
  const { stores } = services;
  if (fault !== null) {
    services.warn(
      `retrying to write the identity mappings of ${migrationId} after an error: ${fault}`,
    );
    await showDelay(migrationId, fault, services);
  }
  const { commands, ...commandLog } = await stores.commands.readLog(migrationId);
  if (isPaused({ commands, ...commandLog })) return { kind: 'paused' };
  const request = await stores.requests.load(migrationId);
  const mappings = request.kind === 'sharePoint' ? request.identityMappings : undefined;
  if (mappings === undefined || commands.some(({ kind }) => kind === 'cancel'))
    return { kind: 'done', next: null };
  // Mappings only prepare a migration, but during a freeze nothing in the tenants changes.
  if (await isFrozen(services)) return { kind: 'paused' };
  const { sourceTenantId } = await storedMigration(stores, migrationId);
  const all = mappings[list];
  const client = sharePointClient(services);
  const notWritten =
    list === 'users'
      ? await writeUsers(mappings.users.slice(start, start + slice), sourceTenantId, client)
      : await writeGroups(mappings.groups.slice(start, start + slice), sourceTenantId, client);
  if (notWritten?.kind === 'retryAfter') {
    if (tries > 0)
      await showDelay(
        migrationId,
        responseText(notWritten.problem, `${migrationId}: update identity mappings`, services.warn),
        services,
      );
    return { kind: 'retryAfter', seconds: notWritten.seconds };
  }
  if (notWritten?.kind === 'missing' && tries > 0)
    await showDelay(
      migrationId,
      `${String(notWritten.count)} were written but cannot be read yet`,
      services,
    );
  if (notWritten !== undefined) return notWritten;
  await showDelay(migrationId, null, services);
  const count = Math.min(slice, all.length - start);
  if (count > 0)
    await audited(
      {
        migrationId,
        batchId: null,
        jobId: null,
        eventId: `mappings/${list}/${String(start)}`,
        type: 'mappings.write',
        detail: `${String(count)} of ${list}`,
      },
      services,
    );
  return { kind: 'done', next: start + slice < all.length ? start + slice : null };
}

/** Returns undefined if all of them are in the map. */
async function writeUsers(
  entries: readonly UserMapping[],
  sourceOrganizationId: string,
  client: SharePointClient,
): Promise<NotWritten | undefined> {
  const unwritten = refusalOf(
    await client.patchUserMappings(
      entries.map((entry) => ({
        sourceOrganizationId,
        userType: 'regularUser' as const,
        ...entry,
      })),
    ),
  );
  if (unwritten !== undefined) return unwritten;
  return countMissing(
    entries.map(({ sourceUserIdentity, targetUserIdentity }) => ({
      target: targetUserIdentity.userPrincipalName,
      read: () => client.getUserMapping(sourceUserIdentity.userPrincipalName),
    })),
  );
}

async function writeGroups(
  entries: readonly GroupMapping[],
  sourceOrganizationId: string,
  client: SharePointClient,
): Promise<NotWritten | undefined> {
  const unwritten = refusalOf(
    await client.patchGroupMappings(
      entries.map((entry) => ({ sourceOrganizationId, groupType: 'm365Group' as const, ...entry })),
    ),
  );
  if (unwritten !== undefined) return unwritten;
  return countMissing(
    entries.map(({ sourceGroupIdentity, targetGroupIdentity }) => ({
      target: targetGroupIdentity.id,
      read: () => client.getGroupMapping(sourceGroupIdentity.id),
    })),
  );
}

/**
 * Statuses that may change with time, like a permission that is granted later. Any other refusal is
 * a verdict on the content.
 */
const transientStatuses: readonly number[] = [401, 403, 408, 409, 423, 425];

function refusalOf(result: GraphResult<null>): NotWritten | undefined {
  if (result.kind === 'done') return undefined;
  const { problem } = result;
  if ('seconds' in result)
    return {
      kind: 'retryAfter',
      seconds:
        result.kind === 'unknown'
          ? Math.max(graphPolicy.throttleSeconds, result.seconds)
          : result.seconds,
      problem,
    };
  return transientStatuses.includes(problem.httpStatus)
    ? { kind: 'retryAfter', seconds: graphPolicy.throttleSeconds, problem }
    : { kind: 'rejected', reason: describeProblem(problem) };
}

/**
 * Counts the entries that are absent or name another target, which may only mean that they are not
 * visible yet.
 */
async function countMissing(
  entries: readonly {
    readonly target: string;
    readonly read: () => Promise<GraphResult<MappedIdentity>>;
  }[],
): Promise<NotWritten | undefined> {
  let count = 0;
  for (const { target, read } of entries) {
    const found = readResult(await read());
    if (found.kind === 'refused')
      return { kind: 'retryAfter', seconds: found.seconds, problem: found.problem };
    if (
      found.kind === 'absent' ||
      (found.value.target !== null && found.value.target.toLowerCase() !== target.toLowerCase())
    )
      count += 1;
  }
  return count === 0 ? undefined : { kind: 'missing', count };
}

const delayText = 'retrying to write the identity mappings: ';

/**
 * Shows in the migration's row that the mappings are being retried, from the second time in a row;
 * null clears it.
 */
async function showDelay(
  migrationId: string,
  response: string | null,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  const { message } = await storedMigration(stores, migrationId);
  const isShown = message?.startsWith(delayText) === true;
  if (response === null && !isShown) return;
  await stores.migrations.update(migrationId, {
    message: response === null ? null : `${delayText}${response}`,
    updatedAt: new Date(nowMs()).toISOString(),
  });
}
