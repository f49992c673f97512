import { createHash, randomUUID } from 'node:crypto';
import type { AnsweredCommand, Command, CommandKind, CommandResult } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import { answeredCommands } from '../domain/answeredCommands.ts';
import { batchIdAt } from '../domain/plan.ts';
import type { Stores } from '../storage/stores.ts';
import { findTask } from './findTask.ts';

/** What is asked, by whom, and why. */
export interface Asked {
  readonly kind: CommandKind;
  readonly by: string | null;
  readonly reason: string | null;
  readonly completeAfterDateTime: string | null;
  readonly taskId: string | null;
}

export interface CommandServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Wakes a waiting orchestration; losing the call only costs time. */
  readonly ring: (instanceId: string) => Promise<void>;
}

export type CommandAcceptance =
  | { readonly kind: 'accepted'; readonly command: AnsweredCommand }
  /** It cannot take effect any more, or it asks for what nobody waits for (409). */
  | { readonly kind: 'conflict'; readonly code: string; readonly detail: string }
  /** The asker may not do this (403). */
  | { readonly kind: 'forbidden'; readonly detail: string }
  | { readonly kind: 'notFound'; readonly detail: string };

const finalPhases: readonly string[] = ['completed', 'completedWithErrors', 'failed', 'cancelled'];

/**
 * Takes a command: a row first, then the bell. What became of it is told by the batches that it addresses, each by a row of
 * its own; approve, reject, pause and resume take effect as rows and are answered at once.
 * @param key the caller's idempotency key: the same key again is the same command
 */
export async function acceptCommand(migration: Migration, asked: Asked, key: string | undefined, services: CommandServices): Promise<CommandAcceptance> {
  const { stores, nowMs } = services;
  if (finalPhases.includes(migration.phase)) {
    return { kind: 'conflict', code: 'tooLate', detail: `the migration has ended as ${migration.phase}` };
  }
  const now = new Date(nowMs()).toISOString();
  const base = { ...asked, migrationId: migration.id, commandId: commandIdOf(migration.id, asked.kind, key, nowMs()), acceptedAt: now };

  if (asked.kind === 'approve' || asked.kind === 'reject') return decide(migration, { ...base, targets: [] }, services);
  if (asked.kind === 'pause' || asked.kind === 'resume') {
    return kept({ ...base, targets: [] }, services, { verdict: 'applied', detail: asked.kind === 'pause' ? 'nothing new is submitted' : 'work goes on' });
  }
  if (asked.kind === 'cancelTask') {
    const task = await findTask(stores, migration.id, asked.taskId ?? '');
    if (task === undefined) return { kind: 'notFound', detail: 'the migration has no such user' };
    if (task.outcome !== null) return { kind: 'conflict', code: 'tooLate', detail: `the user has the outcome ${task.outcome}` };
    return kept({ ...base, targets: [task.batchId] }, services);
  }
  if (asked.kind === 'reschedule' && asked.completeAfterDateTime !== null) {
    await stores.migrations.update(migration.id, { completeAfterDateTime: asked.completeAfterDateTime, updatedAt: now });
  }
  return kept({ ...base, targets: await unfinishedBatches(stores, migration) }, services);
}

async function decide(migration: Migration, command: Command, services: CommandServices): Promise<CommandAcceptance> {
  if (migration.approvalHours === null) return { kind: 'conflict', code: 'approvalNotRequired', detail: 'the request asks for no approval' };
  if (command.kind === 'approve' && command.by?.toLowerCase() === migration.requestedBy?.toLowerCase()) {
    return { kind: 'forbidden', detail: 'the requester cannot approve: somebody else must' };
  }
  const verdict = command.kind === 'approve' ? 'approved' : 'rejected';
  const { migrationId, by, reason, acceptedAt: decidedAt } = command;
  const held = await services.stores.commands.decide({ migrationId, verdict, by, reason, decidedAt });
  const isOurs = held.verdict === verdict && held.by === by;
  return kept(command, services, isOurs ? { verdict: 'applied', detail: verdict } : { verdict: 'tooLate', detail: `it had been ${held.verdict === 'timedOut' ? 'left without an answer in time' : held.verdict}` });
}

async function kept(command: Command, services: CommandServices, atOnce?: Pick<CommandResult, 'verdict' | 'detail'>): Promise<CommandAcceptance> {
  const { stores, nowMs, ring } = services;
  const { migrationId, commandId } = command;
  await stores.commands.add(command);
  const answer = (batchId: string | null, result: Pick<CommandResult, 'verdict' | 'detail'>): Promise<void> =>
    stores.commands.answer({ migrationId, commandId, batchId, ...result, decidedAt: new Date(nowMs()).toISOString() });
  if (atOnce !== undefined) await answer(null, atOnce);
  const batches = await stores.batches.list(migrationId);
  for (const { batchId, finishedAt, waiterId } of batches) {
    // A batch that ended between the look and the row has not seen the command: it is answered here.
    if (finishedAt !== null && command.targets.includes(batchId)) await answer(batchId, { verdict: 'tooLate', detail: 'the batch had ended' });
    if (finishedAt === null && waiterId !== null) await ring(waiterId);
  }
  if (command.targets.length === 0 && atOnce === undefined) await answer(null, { verdict: 'tooLate', detail: 'every batch had ended' });
  const found = answeredCommands(await stores.commands.book(migrationId)).find((one) => one.commandId === commandId);
  if (found === undefined) throw new Error(`the command ${commandId} was written and cannot be read back`);
  return { kind: 'accepted', command: found };
}

async function unfinishedBatches(stores: Stores, { id, batchCount }: Migration): Promise<string[]> {
  const finished = new Set((await stores.batches.list(id)).filter(({ finishedAt }) => finishedAt !== null).map(({ batchId }) => batchId));
  // The batches may not be planned yet; their ids are known all the same.
  return Array.from({ length: batchCount }, (_, index) => batchIdAt(index)).filter((batchId) => !finished.has(batchId));
}

// Commands of one millisecond keep their order.
let issued = 0;

function commandIdOf(migrationId: string, kind: CommandKind, key: string | undefined, nowMs: number): string {
  if (key === undefined) {
    issued = (issued + 1) % 0x10000;
    return `${String(nowMs).padStart(13, '0')}-${issued.toString(16).padStart(4, '0')}${randomUUID().slice(0, 8)}`;
  }
  const hash = createHash('sha256').update(`${migrationId} ${kind} ${key}`).digest('hex');
  return `${String(Number.parseInt(hash.slice(0, 10), 16)).padStart(13, '0')}-${hash.slice(10, 22)}`;
}
