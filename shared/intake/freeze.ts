import { freezeChain } from '../contracts/audit.ts';
import type { Freeze, FreezeCommand } from '../contracts/command.ts';
import { freezeChanged } from '../domain/outcomeEvent.ts';
import type { FreezeRequest } from '../storage/globalStores.ts';
import type { Stores } from '../storage/stores.ts';

export type FreezeAcceptance =
  /** `frozen`: what is in force now, which a repetition may find changed by others. */
  | { readonly kind: 'accepted'; readonly frozen: Freeze | null }
  /** The key stands for a command of another content (409). */
  | { readonly kind: 'conflict' };

/**
 * Freezes all migrations, or lifts the freeze. It is in force with the row that is written here: every activity reads that row directly before it creates or
 * migrates anything. Whoever asks for what is in force already changes nothing, and is on record.
 * @param key the caller's idempotency key: the same key and content again takes no effect again
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

/** Puts on record what a crash has left between a freeze or unfreeze and its record. */
export async function recordFreezes(stores: Stores): Promise<void> {
  for (const command of await stores.freezes.listUnrecorded()) await record(command, stores);
}

/** May run again: the entries and the event have the same ids each time. */
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
