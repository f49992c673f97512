import { sourceOf } from '../../shared/domain/sharePointSource.ts';
import type { GraphResult } from '../../shared/graph/graphResult.ts';
import type { SharePointTask } from '../../shared/graph/sharePointClient.ts';
import type { ActivityServices } from './activityServices.ts';
import { throttleSeconds } from './busyGraph.ts';
import { endMove, unclear } from './endMove.ts';
import { isAppRefused } from './refusal.ts';
import { type Move, sharePointOf } from './storedMove.ts';

/** `done`: Graph has said which task the source has last, undefined for none. */
type Look =
  | { readonly kind: 'done'; readonly task: SharePointTask | undefined }
  | { readonly kind: 'retryAfter'; readonly seconds: number }
  | { readonly kind: 'ended' };

/** Graph: get the last task of a source. The last look that Graph refuses ends the task, because nothing may be moved twice. */
export async function lookUpMove(move: Move, isLast: boolean, services: ActivityServices): Promise<Look> {
  const found = await lastTask(move, services);
  if (found.kind === 'done') return { kind: 'done', task: found.value };
  if (found.kind === 'notFound') return { kind: 'done', task: undefined };
  if (found.kind === 'retryAfter') return { kind: 'retryAfter', seconds: found.seconds };
  return isLast ? endMove(move, unclear(unseen, found.problem), services) : { kind: 'retryAfter', seconds: throttleSeconds };
}

const unseen = 'Graph refuses to say whether the source has a task already: look at the move in the source tenant before it is sent again';

/**
 * Graph documents no look-up by a user's object id: the one by principal name is tried with it, and what that refuses counts
 * as not found, because a second create of the same source answers with the task that is there (Graph: create or update).
 */
async function lastTask({ parameters }: Move, services: ActivityServices): Promise<GraphResult<SharePointTask>> {
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
      return found.kind === 'rejected' && !isAppRefused(found.problem) ? { kind: 'notFound', problem: found.problem } : found;
    }
  }
}
