import type { Rejection } from '../contracts/rejection.ts';
import type { IntakeServices } from './acceptRequest.ts';
import { acceptMessage, type MessageSettings } from './messages.ts';
import type { SignedIn } from './newMigration.ts';

export type Replay =
  | { readonly kind: 'accepted'; readonly migrationId: string }
  /** The message was rejected again, for these reasons. */
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'notFound' };

/**
 * Accepts a rejected message again, after its cause was corrected. Replaying an accepted message
 * always returns the same migration. A signed-in person who replays a message becomes its
 * requester, in addition to the requester named in the message; neither of them can approve the
 * migration.
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
  // Written first: a message that is marked as replayed does not reach this line again.
  await stores.audit.append(outcome.migrationId, {
    eventId: `replay/${id}`.slice(0, 256),
    type: 'request.replayed',
    at: replayedAt,
    by: replayedBy?.name ?? null,
    batchId: null,
    jobId: null,
    taskId: null,
    detail: `previously rejected as ${found.rejection.code}`,
  });
  await stores.rejections.markReplayed(id, { replayedAt, migrationId: outcome.migrationId });
  return outcome;
}
