import type { Batch, Migration } from '../contracts/migration.ts';
import { decisionFor } from '../domain/checkpoint.ts';
import { commandsWithResults, startsRun } from '../domain/commands.ts';
import { batchInstanceId, runInstanceId } from '../domain/ids.ts';
import { isFinalPhase } from '../domain/outcomes.ts';
import { logEntries } from '../storage/auditEntries.ts';
import type { Stores, FollowUp } from '../storage/stores.ts';
import { recordFreezes } from './freeze.ts';
import { recordMissingResults, immediateResult } from './saveCommand.ts';

/** How an orchestration stands: `alive` also when it waits or is suspended. */
export type InstanceState = 'alive' | 'ended' | 'missing';

export interface ResumeServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly statusOf: (instanceId: string) => Promise<InstanceState>;
  /** Starts the orchestration of a migration (`runCommandId` null) or of a round anew; it looks every batch up before it starts it. */
  readonly resume: (migrationId: string, runCommandId: string | null) => Promise<void>;
}

// A start that is under way is given time to show: the one after the acceptance, and the one of an earlier sweep.
const startGraceMs = 120_000;

/**
 * Starts the orchestrations of a migration again that have ended, or are missing, although the migration has not ended. While an orchestration of
 * one of its batches runs on by itself, nothing is started: a later sweep does that. Returns how many were started.
 */
export async function resumeStopped(
  { id, updatedAt }: Pick<Migration, 'id' | 'updatedAt'>,
  { stores, nowMs, statusOf, resume }: ResumeServices,
): Promise<number> {
  if (nowMs() - Date.parse(updatedAt) <= startGraceMs) return 0;
  const isAlive = async (instanceId: string): Promise<boolean> =>
    (await statusOf(instanceId)) === 'alive';
  const rootOf = (runCommandId: string | null): string =>
    runCommandId === null ? id : runInstanceId(id, runCommandId);
  const batches = await stores.batches.list(id);
  const open = batches.filter(({ finishedAt }) => finishedAt === null);
  // Without an open batch only the summary is missing, which the round that ends last writes.
  const stopped =
    open.length > 0
      ? await stoppedRuns(open, rootOf, isAlive)
      : (await noneAlive(runCommandIdsOf(batches).map(rootOf), isAlive))
        ? [null]
        : [];
  if (stopped.length === 0) return 0;
  const now = await stores.migrations.get(id);
  // It may have ended while it was looked at.
  if (now === undefined || isFinalPhase(now.phase)) return 0;
  for (const runCommandId of stopped) await resume(id, runCommandId);
  return stopped.length;
}

async function stoppedRuns(
  open: readonly Batch[],
  rootOf: (runCommandId: string | null) => string,
  isAlive: (instanceId: string) => Promise<boolean>,
): Promise<readonly (string | null)[]> {
  const stopped: (string | null)[] = [];
  for (const runCommandId of new Set(open.map((batch) => batch.runCommandId))) {
    if (await isAlive(rootOf(runCommandId))) continue;
    const own = open
      .filter((batch) => batch.runCommandId === runCommandId)
      .map(({ migrationId, batchId, run, restarts }) =>
        batchInstanceId(migrationId, batchId, run, restarts),
      );
    if (await noneAlive(own, isAlive)) stopped.push(runCommandId);
  }
  return stopped;
}

function runCommandIdsOf(batches: readonly Batch[]): readonly (string | null)[] {
  return [...new Set([null, ...batches.map(({ runCommandId }) => runCommandId)])];
}

async function noneAlive(
  instanceIds: readonly string[],
  isAlive: (instanceId: string) => Promise<boolean>,
): Promise<boolean> {
  for (const instanceId of instanceIds) if (await isAlive(instanceId)) return false;
  return true;
}

export interface SweepServices extends ResumeServices {
  /** Starts a migration's orchestration, and does nothing when it has been started before. */
  readonly start: (migrationId: string) => Promise<void>;
  /** Starts the round of a command, and does nothing when it has been started before. */
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
}

/** What a sweep has started: what had never been, and what had stopped. */
export interface Swept {
  readonly started: number;
  readonly resumed: number;
}

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
    ({ acceptedAt }) => nowMs() - Date.parse(acceptedAt) > startGraceMs,
  );
  const followUp = await stores.commands.listFollowUps();
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
  for (const one of followUp) {
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
  followUp: FollowUp,
  { stores, nowMs, startRun }: SweepServices,
): Promise<number> {
  const { migrationId, since, isRecorded } = followUp;
  const isOverdue = (at: string): boolean => nowMs() - Date.parse(at) > startGraceMs;
  const commandLog = await stores.commands.readLog(migrationId);
  const entries = logEntries(commandLog).filter(({ at }) => !isRecorded && isOverdue(at));
  // All at once, so that the store can write them together.
  await Promise.all(entries.map((entry) => stores.audit.append(migrationId, entry)));
  const pending = commandsWithResults(commandLog).filter(({ state }) => state === 'pending');
  let started = 0;
  for (const command of pending) {
    if (!isOverdue(command.acceptedAt)) continue;
    if (!startsRun(command.kind)) {
      await recordMissingResults(
        command,
        immediateResult(command, decisionFor(command, commandLog)),
        await stores.batches.list(migrationId),
        stores,
        nowMs(),
      );
      continue;
    }
    await startRun(migrationId, command.commandId);
    started += 1;
  }
  if (nowMs() - Date.parse(since) <= writtenMs) return started;
  if (pending.length === 0) await stores.commands.completeFollowUp(followUp, 'done');
  else if (!isRecorded) await stores.commands.completeFollowUp(followUp, 'recorded');
  return started;
}
