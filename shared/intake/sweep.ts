import type { Migration } from '../contracts/migration.ts';
import { answeredCommands, isRound } from '../domain/answeredCommands.ts';
import { answerLeft } from './answerLeft.ts';
import { immediateAnswer } from './immediateAnswer.ts';
import { bookEntries } from '../storage/auditEntries.ts';
import type { Stores } from '../storage/stores.ts';

export interface SweepServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  /** Starts a migration's orchestration, and does nothing when it has been started before. */
  readonly start: (migrationId: string) => Promise<void>;
  /** Starts the round of a command, and does nothing when it has been started before. */
  readonly startRound: (migrationId: string, commandId: string) => Promise<void>;
}

// Whoever accepted it is given time to start it.
const graceMs = 120_000;
// What is older has been swept hundreds of times.
const lookBackMs = 30 * 86_400_000;
// A day of sweeps has put on record what a crash left out.
const recordWindowMs = 86_400_000;
const pageSize = 200;

/**
 * Starts what a crash has left between accepting and starting: migrations, and rounds of commands; returns how many. Answers
 * the commands that a crash has left without, and puts on record what it has left out of the audit trail.
 */
export async function sweep(services: SweepServices): Promise<number> {
  const { stores, nowMs } = services;
  let started = 0;
  let continuationToken: string | undefined;
  do {
    const page = await stores.migrations.list({ pageSize, continuationToken });
    for (const migration of page.items) {
      if (nowMs() - Date.parse(migration.acceptedAt) > lookBackMs) return started;
      started += await sweepOne(migration, services);
    }
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return started;
}

async function sweepOne({ id, phase, acceptedAt }: Migration, { stores, nowMs, start, startRound }: SweepServices): Promise<number> {
  const isOverdue = (at: string): boolean => nowMs() - Date.parse(at) > graceMs;
  let started = 0;
  if (phase === 'accepted' && isOverdue(acceptedAt)) {
    await start(id);
    started += 1;
  }
  const book = await stores.commands.book(id);
  const due = bookEntries(book).filter(({ at }) => {
    const ageMs = nowMs() - Date.parse(at);
    return ageMs > graceMs && ageMs < recordWindowMs;
  });
  // All at once, so that the store can write them together.
  await Promise.all(due.map((entry) => stores.audit.append(id, entry)));
  for (const command of answeredCommands(book)) {
    if (command.state !== 'pending' || !isOverdue(command.acceptedAt)) continue;
    if (!isRound(command.kind)) {
      await answerLeft(command, immediateAnswer(command, book.decision), await stores.batches.list(id), stores, nowMs());
      continue;
    }
    await startRound(id, command.commandId);
    started += 1;
  }
  return started;
}
