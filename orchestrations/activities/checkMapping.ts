import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import { groupIdOf } from '../../shared/domain/checkSharePointRequest.ts';
import type { GraphResult } from '../../shared/graph/graphResult.ts';
import type { MappedIdentity } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { errorOf, failed, type MoveEnd } from './endMove.ts';
import { type Move, sharePointOf } from './storedMove.ts';

/** `ok`: the entry is there and names the same target. */
export type CheckedMapping =
  | { readonly kind: 'ok' }
  | { readonly kind: 'retryAfter'; readonly seconds: number }
  | { readonly kind: 'ended'; readonly end: MoveEnd };

/** Reads the identity mapping of a user or group task in the target tenant, and compares its target with the task's. */
export async function checkMapping(move: Move, services: ActivityServices): Promise<CheckedMapping> {
  const { parameters } = move;
  switch (parameters['@odata.type']) {
    case parameterTypes.site:
      return { kind: 'ok' };
    case parameterTypes.user: {
      const read = await sharePointOf(services).getUserMapping(parameters.sourceUserIdentity.userPrincipalName ?? '');
      // A target that the request names by object id says nothing about the principal name in the map.
      return checked(read, parameters.targetUserIdentity.userPrincipalName ?? null);
    }
    case parameterTypes.group: {
      const request = await services.stores.requests.load(move.migrationId);
      const mappings = request.kind === 'sharePoint' ? request.identityMappings : undefined;
      const groupId = groupIdOf(parameters.targetGroupIdentity.mailNickname, mappings);
      if (groupId === undefined) return { kind: 'ended', end: missing() };
      const target = mappings?.groups.find(({ sourceGroupIdentity }) => sourceGroupIdentity.id === groupId)?.targetGroupIdentity.id;
      return checked(await sharePointOf(services).getGroupMapping(groupId), target ?? null);
    }
  }
}

function checked(read: GraphResult<MappedIdentity>, target: string | null): CheckedMapping {
  if (read.kind === 'retryAfter') return { kind: 'retryAfter', seconds: read.seconds };
  if (read.kind === 'notFound') return { kind: 'ended', end: missing() };
  if (read.kind !== 'done') return { kind: 'ended', end: failed(errorOf(read.problem)) };
  const mapped = read.value.target;
  if (target === null || mapped === null || mapped.toLowerCase() === target.toLowerCase()) return { kind: 'ok' };
  return { kind: 'ended', end: invalid('MnAIdentityMapEntryDoesNotMatchRequest', 'the identity map names another target than the request') };
}

function missing(): MoveEnd {
  return invalid('MnAIdentityMapEntryDoesNotExistsForSourceUPN', 'the identity map on the target has no entry for the source');
}

function invalid(code: string, message: string): MoveEnd {
  return { outcome: 'invalid', status: 'invalid', message, errors: [{ code, message }] };
}
