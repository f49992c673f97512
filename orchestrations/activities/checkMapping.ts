import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import { groupIdOf } from '../../shared/domain/checkSharePointRequest.ts';
import type { GraphProblem } from '../../shared/graph/graphResult.ts';
import type { MappedIdentity } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import type { MoveEnd } from './endMove.ts';
import { type Looked, looked } from './looked.ts';
import { type Move, sharePointOf } from './storedMove.ts';

/** `ok`: the entry is there and names the same target. `refused`: Graph does not say, whatever the reason. */
export type CheckedMapping =
  | { readonly kind: 'ok' }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem }
  | { readonly kind: 'ended'; readonly end: MoveEnd };

/**
 * Reads the identity mapping of a user or group task in the target tenant, and compares its target with the task's. Only a 404 says that there is
 * none, and only `isLast` in a row of reads: the map may take some minutes to show what it has.
 */
export async function checkMapping(
  move: Move,
  isLast: boolean,
  services: ActivityServices,
): Promise<CheckedMapping> {
  const { parameters } = move;
  switch (parameters['@odata.type']) {
    case parameterTypes.site:
      return { kind: 'ok' };
    case parameterTypes.user: {
      const read = looked(
        await sharePointOf(services).getUserMapping(
          parameters.sourceUserIdentity.userPrincipalName ?? '',
        ),
      );
      // A target that the request names by object id says nothing about the principal name in the map.
      return checked(read, parameters.targetUserIdentity.userPrincipalName ?? null, isLast);
    }
    case parameterTypes.group: {
      const request = await services.stores.requests.load(move.migrationId);
      const mappings = request.kind === 'sharePoint' ? request.identityMappings : undefined;
      const groupId = groupIdOf(parameters.targetGroupIdentity.mailNickname, mappings);
      if (groupId === undefined) return { kind: 'ended', end: missing() };
      const target = mappings?.groups.find(
        ({ sourceGroupIdentity }) => sourceGroupIdentity.id === groupId,
      )?.targetGroupIdentity.id;
      return checked(
        looked(await sharePointOf(services).getGroupMapping(groupId)),
        target ?? null,
        isLast,
      );
    }
  }
}

function checked(
  read: Looked<MappedIdentity>,
  target: string | null,
  isLast: boolean,
): CheckedMapping {
  if (read.kind === 'absent' && isLast) return { kind: 'ended', end: missing() };
  if (read.kind !== 'seen')
    return {
      kind: 'refused',
      seconds: read.kind === 'absent' ? 0 : read.seconds,
      problem: read.problem,
    };
  const mapped = read.value.target;
  if (target === null || mapped === null || mapped.toLowerCase() === target.toLowerCase())
    return { kind: 'ok' };
  return {
    kind: 'ended',
    end: invalid(
      'MnAIdentityMapEntryDoesNotMatchRequest',
      'the identity map names another target than the request',
    ),
  };
}

function missing(): MoveEnd {
  return invalid(
    'MnAIdentityMapEntryDoesNotExistsForSourceUPN',
    'the identity map on the target has no entry for the source',
  );
}

function invalid(code: string, message: string): MoveEnd {
  return { outcome: 'invalid', status: 'invalid', message, errors: [{ code, message }] };
}
