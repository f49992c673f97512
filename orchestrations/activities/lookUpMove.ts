import { sourceOf } from '../../shared/domain/sharePointSource.ts';
import { GraphError } from '../../shared/graph/graphError.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/graphResult.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { throttleSeconds } from './busyGraph.ts';
import { isAppRefused } from './refusal.ts';
import { type Move, sharePointOf } from './storedMove.ts';

/** What a read of Graph came to. `absent`: it answers 404; `refused`: it does not say, whatever the reason. */
export type Looked =
  | { readonly kind: 'seen'; readonly task: SharePointTask }
  | { readonly kind: 'absent'; readonly problem: GraphProblem }
  | { readonly kind: 'refused'; readonly seconds: number; readonly problem: GraphProblem };

/** True for a source that Graph documents no look-up for: a user's object id. */
export function isBlind({ parameters }: Move): boolean {
  return sourceOf(parameters).kind === 'userId';
}

/** Graph: get SharePoint task. */
export async function readTask(graphTaskId: string, services: ActivityServices): Promise<Looked> {
  return looked(() => sharePointOf(services).getTask(graphTaskId));
}

/**
 * Graph: get the last task of a source. Only a 404 says that there is none. The look-up by principal name is tried with a user's object id,
 * which is not documented: what it refuses for the id's sake counts as absent, and says nothing.
 */
export async function lookUpMove(move: Move, services: ActivityServices): Promise<Looked> {
  const client = sharePointOf(services);
  const { kind, value } = sourceOf(move.parameters);
  switch (kind) {
    case 'userPrincipalName':
      return looked(() => client.getTaskByUser(value));
    case 'siteUrl':
      return looked(() => client.getTaskBySite(value));
    case 'mailNickname':
      return looked(() => client.getTaskByGroup(value));
    case 'userId': {
      const found = await looked(() => client.getTaskByUser(value));
      return found.kind === 'refused' && saysNothing(found.problem) ? { kind: 'absent', problem: found.problem } : found;
    }
  }
}

function saysNothing(problem: GraphProblem): boolean {
  const { httpStatus } = problem;
  return httpStatus >= 400 && httpStatus < 500 && ![408, 409, 423, 425, 429].includes(httpStatus) && !isAppRefused(problem);
}

async function looked(read: () => Promise<GraphResult<SharePointTask>>): Promise<Looked> {
  const answer = await read().catch(unreadable);
  if (answer.kind === 'done') return { kind: 'seen', task: answer.value };
  const { problem } = answer;
  if (problem.httpStatus === 404) return { kind: 'absent', problem };
  return { kind: 'refused', seconds: 'seconds' in answer ? answer.seconds : throttleSeconds, problem };
}

/** A success that is not what Graph documents says as little as a refusal. */
function unreadable(error: unknown): { readonly kind: 'retryAfter'; readonly seconds: number; readonly problem: GraphProblem } {
  if (error instanceof GraphError) return { kind: 'retryAfter', seconds: throttleSeconds, problem: error.problem };
  throw error;
}
