import type { z } from 'zod';
import {
  mappingsInputSchema,
  type writeMappingsResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import type { GroupMapping, UserMapping } from '../../shared/contracts/request.ts';
import { isPaused } from '../../shared/domain/commands.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import type { MappedIdentity, SharePointClient } from '../../shared/graph/sharePointTasks.ts';
import { type ActivityServices, audited, storedMigration } from '../activityServices.ts';
import { responseText } from '../batchStatus.ts';
import { isFrozen } from '../commands/freeze.ts';
import { readResult, reasonOfRefusal, throttleSeconds } from '../refusals.ts';
import { sharePointOf } from './endTask.ts';

type Result = z.infer<typeof writeMappingsResultSchema>;
type Unwritten =
  | Exclude<Result, { kind: 'retryAfter' | 'done' | 'paused' }>
  | (Extract<Result, { kind: 'retryAfter' }> & { readonly problem: GraphProblem });

// As many as Graph takes in one call.
const slice = 50;

/**
 * Graph: update identity mappings, fifty of the request's at a time, then get each of them: Graph reports nothing of a single
 * entry when it takes many. Writing the same again changes nothing.
 */
export async function writeMappings(input: unknown, services: ActivityServices): Promise<Result> {
  const { migrationId, list, start, tries, fault } = mappingsInputSchema.parse(input);
  const { stores } = services;
  if (fault !== null) {
    services.warn(
      `the identity mappings of ${migrationId} cannot be written and are tried again: ${fault}`,
    );
    await showDelay(migrationId, fault, services);
  }
  const { commands, ...commandLog } = await stores.commands.readLog(migrationId);
  if (isPaused({ commands, ...commandLog })) return { kind: 'paused' };
  const request = await stores.requests.load(migrationId);
  const mappings = request.kind === 'sharePoint' ? request.identityMappings : undefined;
  if (mappings === undefined || commands.some(({ kind }) => kind === 'cancel'))
    return { kind: 'done', next: null };
  // They only prepare a migration, but a freeze leaves the tenants as they are.
  if (await isFrozen(services)) return { kind: 'paused' };
  const { sourceTenantId } = await storedMigration(stores, migrationId);
  const all = mappings[list];
  const client = sharePointOf(services);
  const written =
    list === 'users'
      ? await writeUsers(mappings.users.slice(start, start + slice), sourceTenantId, client)
      : await writeGroups(mappings.groups.slice(start, start + slice), sourceTenantId, client);
  if (written?.kind === 'retryAfter') {
    if (tries > 0)
      await showDelay(
        migrationId,
        responseText(written.problem, `${migrationId}: update identity mappings`, services.warn),
        services,
      );
    return { kind: 'retryAfter', seconds: written.seconds };
  }
  if (written?.kind === 'missing' && tries > 0)
    await showDelay(
      migrationId,
      `${String(written.count)} were written and cannot be read yet`,
      services,
    );
  if (written !== undefined) return written;
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

/** Undefined when all of them are in the map. */
async function writeUsers(
  entries: readonly UserMapping[],
  sourceOrganizationId: string,
  client: SharePointClient,
): Promise<Unwritten | undefined> {
  const unwritten = notTaken(
    await client.patchUserMappings(
      entries.map((entry) => ({
        sourceOrganizationId,
        userType: 'regularUser' as const,
        ...entry,
      })),
    ),
  );
  if (unwritten !== undefined) return unwritten;
  return missing(
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
): Promise<Unwritten | undefined> {
  const unwritten = notTaken(
    await client.patchGroupMappings(
      entries.map((entry) => ({ sourceOrganizationId, groupType: 'm365Group' as const, ...entry })),
    ),
  );
  if (unwritten !== undefined) return unwritten;
  return missing(
    entries.map(({ sourceGroupIdentity, targetGroupIdentity }) => ({
      target: targetGroupIdentity.id,
      read: () => client.getGroupMapping(sourceGroupIdentity.id),
    })),
  );
}

/** A missing permission is granted some day, and what is busy or not there yet may be so later; any other refusal is a verdict on what was sent. */
const passing: readonly number[] = [401, 403, 408, 409, 423, 425];

function notTaken(result: GraphResult<null>): Unwritten | undefined {
  if (result.kind === 'done') return undefined;
  const { problem } = result;
  if ('seconds' in result)
    return {
      kind: 'retryAfter',
      seconds:
        result.kind === 'unknown' ? Math.max(throttleSeconds, result.seconds) : result.seconds,
      problem,
    };
  return passing.includes(problem.httpStatus)
    ? { kind: 'retryAfter', seconds: throttleSeconds, problem }
    : { kind: 'rejected', reason: reasonOfRefusal(problem) };
}

/** What is not there, or names another target, may not be visible yet; whatever else Graph answers decides nothing. */
async function missing(
  entries: readonly {
    readonly target: string;
    readonly read: () => Promise<GraphResult<MappedIdentity>>;
  }[],
): Promise<Unwritten | undefined> {
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

const delayText = 'the identity mappings are tried again: ';

/** Shows in the migration's row that the mappings are tried again, from the second time in a row on; null when they are not. */
async function showDelay(
  migrationId: string,
  answer: string | null,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  const { message } = await storedMigration(stores, migrationId);
  const isShown = message?.startsWith(delayText) === true;
  if (answer === null && !isShown) return;
  await stores.migrations.update(migrationId, {
    message: answer === null ? null : `${delayText}${answer}`,
    updatedAt: new Date(nowMs()).toISOString(),
  });
}
