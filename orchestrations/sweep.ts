import { batchInstanceId, runInstanceId } from '../shared/contracts/ids.ts';
import type { Batch, Migration } from '../shared/contracts/migration.ts';
import { commandsWithResults, decisionFor, startsRun } from '../shared/domain/commands.ts';
import { isFinalPhase } from '../shared/domain/outcomes.ts';
import { sweepPolicy } from '../shared/domain/policies.ts';
import { recordFreezes } from '../shared/intake/freeze.ts';
import { logEntries } from '../shared/storage/auditEntries.ts';
import type { FollowUp, Stores } from '../shared/storage/stores.ts';
import { recordMissingResults } from './commands/accept.ts';

/** The state of an orchestration. `alive` includes waiting and suspended ones. */
export type InstanceState = 'alive' | 'ended' | 'missing';

/** What resuming stopped orchestrations needs. */
export interface ResumeServices {
  readonly stores: Stores;
  readonly nowMs: () => number;
  readonly statusOf: (instanceId: string) => Promise<InstanceState>;
  /**
   * Starts the orchestration of a migration (`runCommandId` null) or of a run again. It checks the
   * state of every batch before it starts it.
   */
  readonly resume: (migrationId: string, runCommandId: string | null) => Promise<void>;
}

const { startGraceMs, writtenMs } = sweepPolicy;

/**
 * Restarts the orchestrations of a migration that stopped before the migration ended. While an
 * orchestration of one of its batches still runs, nothing is restarted: a later sweep does that.
 * Returns how many were restarted.
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
  // If every batch has ended, only the summary is missing, which the last run writes.
  const stopped =
    open.length > 0
      ? await stoppedRuns(open, rootOf, isAlive)
      : (await noneAlive(runCommandIdsOf(batches).map(rootOf), isAlive))
        ? [null]
        : [];
  if (stopped.length === 0) return 0;
  const now = await stores.migrations.get(id);
  // The migration may have ended during these checks.
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

/** What a sweep needs. */
export interface SweepServices extends ResumeServices {
  /** Starts the orchestration of a migration. Does nothing if it was started before. */
  readonly start: (migrationId: string) => Promise<void>;
  /** Starts the run of a command. Does nothing if it was started before. */
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
}

/** How many orchestrations a sweep started for the first time, and how many it restarted. */
export interface SweepResult {
  readonly started: number;
  readonly resumed: number;
}

/**
 * Completes what a crash interrupted. Starts accepted migrations and runs that were never started,
 * restarts orchestrations that stopped early, records missing command results, and completes the
 * audit trail. Reads only migrations that have not ended and migrations with recent commands.
 * Throws an AggregateError at the end if any migration failed.
 */
export async function sweep(services: SweepServices): Promise<SweepResult> {
  const { stores, nowMs, start } = services;
  const overdue = (await stores.migrations.listUnstarted()).filter(
    ({ acceptedAt }) => nowMs() - Date.parse(acceptedAt) > startGraceMs,
  );
  const followUp = await stores.commands.listFollowUps();
  const running = await stores.migrations.listRunning();
  let started = 0;
  let resumed = 0;
  const failures: unknown[] = [];
  // A failure of one migration does not stop the sweep of the others.
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
      `the sweep started ${String(started)} orchestrations and resumed ${String(resumed)}; it failed for ${String(failures.length)} migrations`,
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
  // Appended at the same time, so that the store can write them together.
  await Promise.all(entries.map((entry) => stores.audit.append(migrationId, entry)));
  const pending = commandsWithResults(commandLog).filter(({ state }) => state === 'pending');
  let started = 0;
  for (const command of pending) {
    if (!isOverdue(command.acceptedAt)) continue;
    if (!startsRun(command.kind)) {
      await recordMissingResults(
        command,
        decisionFor(command, commandLog),
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
