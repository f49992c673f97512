import { answeredCommands, isRound } from '../domain/answeredCommands.ts';
import { decisionFor } from '../domain/approval.ts';
import { recordFreezes } from './acceptFreeze.ts';
import { answerLeft } from './answerLeft.ts';
import { immediateAnswer } from './immediateAnswer.ts';
import { type ResumeServices, resumeStopped } from './resumeStopped.ts';
import { bookEntries } from '../storage/auditEntries.ts';
import type { Unsettled } from '../storage/stores.ts';

export interface SweepServices extends ResumeServices {
  /** Starts a migration's orchestration, and does nothing when it has been started before. */
  readonly start: (migrationId: string) => Promise<void>;
  /** Starts the round of a command, and does nothing when it has been started before. */
  readonly startRound: (migrationId: string, commandId: string) => Promise<void>;
}

/** What a sweep has started: what had never been, and what had stopped. */
export interface Swept {
  readonly started: number;
  readonly resumed: number;
}

// Whoever accepted it is given time to start it.
const graceMs = 120_000;
// No function runs for longer than ten minutes (host.json), so that by then whoever was about to write has written, or has died.
const writtenMs = 900_000;

/**
 * Starts what a crash has left between accepting and starting: migrations, and rounds of commands; starts again what has stopped before its end;
 * returns how many. Answers the commands that a crash has left without, and puts on record what it has left out of the audit trail. Looks only at
 * migrations that have not ended and at those whose commands were written to, however many there are besides. Throws an
 * AggregateError after the last one where it failed for any.
 */
export async function sweep(services: SweepServices): Promise<Swept> {
  const { stores, nowMs, start } = services;
  const overdue = (await stores.migrations.listUnstarted()).filter(
    ({ acceptedAt }) => nowMs() - Date.parse(acceptedAt) > graceMs,
  );
  const unsettled = await stores.commands.listUnsettled();
  const running = await stores.migrations.listRunning();
  let started = 0;
  let resumed = 0;
  const failures: unknown[] = [];
  // One that fails must not keep the others from being swept.
  const trying = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  };
  await trying(() => recordFreezes(stores));
  for (const { id } of overdue) {
    await trying(async () => {
      await start(id);
      started += 1;
    });
  }
  for (const one of unsettled) {
    await trying(async () => {
      started += await sweepCommands(one, services);
    });
  }
  for (const one of running) {
    await trying(async () => {
      resumed += await resumeStopped(one, services);
    });
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `the sweep started ${String(started)}, resumed ${String(resumed)} and failed for ${String(failures.length)}`,
    );
  return { started, resumed };
}

async function sweepCommands(
  unsettled: Unsettled,
  { stores, nowMs, startRound }: SweepServices,
): Promise<number> {
  const { migrationId, since, isRecorded } = unsettled;
  const isOverdue = (at: string): boolean => nowMs() - Date.parse(at) > graceMs;
  const book = await stores.commands.book(migrationId);
  const entries = bookEntries(book).filter(({ at }) => !isRecorded && isOverdue(at));
  // All at once, so that the store can write them together.
  await Promise.all(entries.map((entry) => stores.audit.append(migrationId, entry)));
  const pending = answeredCommands(book).filter(({ state }) => state === 'pending');
  let started = 0;
  for (const command of pending) {
    if (!isOverdue(command.acceptedAt)) continue;
    if (!isRound(command.kind)) {
      await answerLeft(
        command,
        immediateAnswer(command, decisionFor(command, book)),
        await stores.batches.list(migrationId),
        stores,
        nowMs(),
      );
      continue;
    }
    await startRound(migrationId, command.commandId);
    started += 1;
  }
  if (nowMs() - Date.parse(since) <= writtenMs) return started;
  if (pending.length === 0) await stores.commands.settle(unsettled, 'done');
  else if (!isRecorded) await stores.commands.settle(unsettled, 'recorded');
  return started;
}
