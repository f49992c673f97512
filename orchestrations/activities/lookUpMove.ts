import { sourceOf } from '../../shared/domain/sharePointSource.ts';
import type { GraphResult } from '../../shared/graph/graphResult.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { type Move, sharePointOf } from './storedMove.ts';

/**
 * Graph: get the last task of a source. Graph documents no look-up by a user's object id: the one by principal name is tried
 * with it, and what that refuses counts as not found, because a second create of the same source answers with the task that
 * is there (Graph: create or update).
 */
export async function lookUpMove({ parameters }: Move, services: ActivityServices): Promise<GraphResult<SharePointTask>> {
  const client = sharePointOf(services);
  const { kind, value } = sourceOf(parameters);
  switch (kind) {
    case 'userPrincipalName':
      return client.getTaskByUser(value);
    case 'siteUrl':
      return client.getTaskBySite(value);
    case 'mailNickname':
      return client.getTaskByGroup(value);
    case 'userId': {
      const found = await client.getTaskByUser(value);
      return found.kind === 'rejected' && found.problem.httpStatus !== 401 && found.problem.httpStatus !== 403 ? { kind: 'notFound', problem: found.problem } : found;
    }
  }
}
