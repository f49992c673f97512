import { freezeChain } from '../contracts/audit.ts';
import type { Freeze, FreezeCommand } from '../contracts/command.ts';
import { freezeChanged } from '../domain/outcomeEvent.ts';
import type { FreezeRequest } from '../storage/appState.ts';
import type { Stores } from '../storage/stores.ts';

export type FreezeAcceptance =
  /** `frozen` is the current freeze. After a repetition, another caller may have changed it. */
  | { readonly kind: 'accepted'; readonly frozen: Freeze | null }
  /** The idempotency key was already used for a command with other content (409). */
  | { readonly kind: 'conflict' };

/**
 * Freezes all migrations, or lifts the freeze. The freeze takes effect with the row that is written
 * here: every activity reads that row before it creates or migrates anything. Freezing twice
 * changes nothing, but both commands are recorded.
 * @param key the caller's idempotency key: a repetition with the same key and content has no
 * further effect
 */
export async function acceptFreeze(
  asked: Omit<FreezeRequest, 'askedAt'>,
  key: string | undefined,
  { stores, nowMs }: { readonly stores: Stores; readonly nowMs: () => number },
): Promise<FreezeAcceptance> {
  const command = await stores.freezes.ask(
    { ...asked, askedAt: new Date(nowMs()).toISOString() },
    key,
  );
  if (command.by !== asked.by || command.reason !== asked.reason) return { kind: 'conflict' };
  if (!command.isRecorded) await record(command, stores);
  return { kind: 'accepted', frozen: await stores.freezes.current() };
}

/** Records the freeze commands that a crash prevented from being recorded in the audit trail. */
export async function recordFreezes(stores: Stores): Promise<void> {
  for (const command of await stores.freezes.listUnrecorded()) await record(command, stores);
}

/**
 * Records a freeze command in the audit trail and sends its outcome event. Can be repeated: the
 * entries and the event have the same ids each time.
 */
async function record(command: FreezeCommand, stores: Stores): Promise<void> {
  const { sequence, kind, by, reason, askedAt, isEffective, since } = command;
  await stores.audit.append(freezeChain, {
    eventId: `freeze/${String(sequence)}`,
    type: `command.${kind}`,
    at: askedAt,
    by,
    batchId: null,
    jobId: null,
    taskId: null,
    detail: reason,
  });
  if (isEffective && since !== null)
    await stores.outcomes.send(freezeChanged({ sequence, kind, since, askedAt }));
  await stores.freezes.markRecorded(sequence);
}
