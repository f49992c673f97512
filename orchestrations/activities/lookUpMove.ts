import { sourceOf } from '../../shared/domain/sharePointSource.ts';
import type { GraphProblem } from '../../shared/graph/graphResult.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { type Looked, looked } from './looked.ts';
import { isAppRefused } from './refusal.ts';
import { type Move, sharePointOf } from './storedMove.ts';

/** True for a source that Graph documents no look-up for: a user's object id. */
export function isBlind({ parameters }: Move): boolean {
  return sourceOf(parameters).kind === 'userId';
}

/** Graph: get SharePoint task. */
export async function readTask(
  graphTaskId: string,
  services: ActivityServices,
): Promise<Looked<SharePointTask>> {
  return looked(await sharePointOf(services).getTask(graphTaskId));
}

/**
 * Graph: get the last task of a source. Only a 404 says that there is none. The look-up by principal name is tried with a user's object id,
 * which is not documented: what it refuses for the id's sake counts as absent, and says nothing.
 */
export async function lookUpMove(
  move: Move,
  services: ActivityServices,
): Promise<Looked<SharePointTask>> {
  const client = sharePointOf(services);
  const { kind, value } = sourceOf(move.parameters);
  switch (kind) {
    case 'userPrincipalName':
      return looked(await client.getTaskByUser(value));
    case 'siteUrl':
      return looked(await client.getTaskBySite(value));
    case 'mailNickname':
      return looked(await client.getTaskByGroup(value));
    case 'userId': {
      const found = looked(await client.getTaskByUser(value));
      return found.kind === 'refused' && saysNothing(found.problem)
        ? { kind: 'absent', problem: found.problem }
        : found;
    }
  }
}

function saysNothing(problem: GraphProblem): boolean {
  const { httpStatus } = problem;
  return (
    httpStatus >= 400 &&
    httpStatus < 500 &&
    ![408, 409, 423, 425, 429].includes(httpStatus) &&
    !isAppRefused(problem)
  );
}
