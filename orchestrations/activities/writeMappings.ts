import type { z } from 'zod';
import type { GroupMapping, UserMapping } from '../../shared/contracts/identityMapping.ts';
import { mappingsInputSchema, type writeMappingsResultSchema } from '../../shared/contracts/sharePointActivities.ts';
import { isPaused } from '../../shared/domain/answeredCommands.ts';
import type { GraphResult } from '../../shared/graph/graphResult.ts';
import type { MappedIdentity, SharePointClient } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { audited } from './audited.ts';
import { throttleSeconds } from './busyGraph.ts';
import { reasonOfRefusal } from './refusal.ts';
import { sharePointOf } from './storedMove.ts';
import { storedMigration } from './storedRows.ts';

type Result = z.infer<typeof writeMappingsResultSchema>;

// As many as Graph takes in one call.
const slice = 50;

/**
 * Graph: update identity mappings, fifty of the request's at a time, then get each of them: Graph reports nothing of a single
 * entry when it takes many. Writing the same again changes nothing.
 */
export async function writeMappings(input: unknown, services: ActivityServices): Promise<Result> {
  const { migrationId, list, start } = mappingsInputSchema.parse(input);
  const { stores } = services;
  const { commands, ...book } = await stores.commands.book(migrationId);
  if (isPaused({ commands, ...book })) return { kind: 'paused' };
  const request = await stores.requests.load(migrationId);
  const mappings = request.kind === 'sharePoint' ? request.identityMappings : undefined;
  if (mappings === undefined || commands.some(({ kind }) => kind === 'cancel')) return { kind: 'done', next: null };
  const { sourceTenantId } = await storedMigration(stores, migrationId);
  const all = mappings[list];
  const client = sharePointOf(services);
  const written = list === 'users' ? await writeUsers(mappings.users.slice(start, start + slice), sourceTenantId, client) : await writeGroups(mappings.groups.slice(start, start + slice), sourceTenantId, client);
  if (written !== undefined) return written;
  const count = Math.min(slice, all.length - start);
  if (count > 0) await audited({ migrationId, batchId: null, jobId: null, eventId: `mappings/${list}/${String(start)}`, type: 'mappings.write', detail: `${String(count)} of ${list}` }, services);
  return { kind: 'done', next: start + slice < all.length ? start + slice : null };
}

/** Undefined when all of them are in the map. */
async function writeUsers(entries: readonly UserMapping[], sourceOrganizationId: string, client: SharePointClient): Promise<Result | undefined> {
  const unwritten = notTaken(await client.patchUserMappings(entries.map((entry) => ({ sourceOrganizationId, userType: 'regularUser' as const, ...entry }))));
  if (unwritten !== undefined) return unwritten;
  return missing(entries.map(({ sourceUserIdentity, targetUserIdentity }) => ({ target: targetUserIdentity.userPrincipalName, read: () => client.getUserMapping(sourceUserIdentity.userPrincipalName) })));
}

async function writeGroups(entries: readonly GroupMapping[], sourceOrganizationId: string, client: SharePointClient): Promise<Result | undefined> {
  const unwritten = notTaken(await client.patchGroupMappings(entries.map((entry) => ({ sourceOrganizationId, groupType: 'm365Group' as const, ...entry }))));
  if (unwritten !== undefined) return unwritten;
  return missing(entries.map(({ sourceGroupIdentity, targetGroupIdentity }) => ({ target: targetGroupIdentity.id, read: () => client.getGroupMapping(sourceGroupIdentity.id) })));
}

function notTaken(result: GraphResult<null>): Result | undefined {
  if (result.kind === 'done') return undefined;
  if (result.kind === 'retryAfter') return { kind: 'retryAfter', seconds: result.seconds };
  if (result.kind === 'doubtful') return { kind: 'retryAfter', seconds: Math.max(throttleSeconds, result.seconds) };
  return { kind: 'rejected', reason: reasonOfRefusal(result.problem) };
}

async function missing(entries: readonly { readonly target: string; readonly read: () => Promise<GraphResult<MappedIdentity>> }[]): Promise<Result | undefined> {
  let count = 0;
  for (const { target, read } of entries) {
    const found = await read();
    if (found.kind === 'retryAfter') return { kind: 'retryAfter', seconds: found.seconds };
    if (found.kind === 'notFound') count += 1;
    else if (found.kind !== 'done') return { kind: 'rejected', reason: reasonOfRefusal(found.problem) };
    else if (found.value.target !== null && found.value.target.toLowerCase() !== target.toLowerCase()) count += 1;
  }
  return count === 0 ? undefined : { kind: 'missing', count };
}
