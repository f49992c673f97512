import type { Rejection } from '../contracts/rejection.ts';
import type { IntakeServices } from './acceptRequest.ts';
import { acceptMessage, type MessageSettings } from './messages.ts';
import type { SignedIn } from './newMigration.ts';

export type Replay =
  | { readonly kind: 'accepted'; readonly migrationId: string }
  /** It is refused again, for these reasons. */
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'notFound' };

/**
 * Takes a refused message once more, as it was, after what stood in its way is solved. A message that was taken is the same
 * migration however often it is replayed. Whoever replays it while they are signed in becomes its requester, beside the one that the message names: neither
 * of them can approve it.
 */
export async function replayRejection(
  id: string,
  services: IntakeServices & MessageSettings,
  replayedBy: SignedIn | null = null,
): Promise<Replay> {
  const { stores, nowMs } = services;
  const found = await stores.rejections.get(id);
  if (found === undefined) return { kind: 'notFound' };
  if (found.rejection.migrationId !== null)
    return { kind: 'accepted', migrationId: found.rejection.migrationId };
  const outcome = await acceptMessage({ text: found.text, isReplay: true }, services, replayedBy);
  if (outcome.kind === 'rejected') return outcome;
  const replayedAt = new Date(nowMs()).toISOString();
  // First: once the message is marked, nobody comes here again.
  await stores.audit.append(outcome.migrationId, {
    eventId: `replay/${id}`.slice(0, 256),
    type: 'request.replayed',
    at: replayedAt,
    by: replayedBy?.name ?? null,
    batchId: null,
    jobId: null,
    taskId: null,
    detail: `refused before as ${found.rejection.code}`,
  });
  await stores.rejections.markReplayed(id, { replayedAt, migrationId: outcome.migrationId });
  return outcome;
}
