import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ListedTask } from '../../shared/contracts/responses.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { logTail } from '../stack/supervisedProcess.ts';
import type { ApiClient, MigrationDetail } from './apiClient.ts';
import type { DemoOptions } from './demoOptions.ts';
import type { Snapshot } from './progress.ts';

const pollMs = 150;
/** The tasks are read at every fourth poll only, because there are many. */
const pollsPerTaskList = 4;

/** Some migrations have not ended in time. The message lists them with their phases. */
export class NotFinishedError extends Error {
  override readonly name = 'NotFinishedError';
}

/**
 * Polls migrations by their names until all of them have ended, and shows every poll. Returns the last state in the order of the
 * names.
 * @throws NotFinishedError after `deadlineMs` (on performance.now()); the signal's reason when it is aborted
 */
export async function followMigrations(options: {
  readonly api: ApiClient;
  readonly names: readonly string[];
  readonly nowMs: () => number;
  readonly show: (snapshot: Snapshot) => void;
  /** Called at every poll. The polling does not end before it returns true. */
  readonly onPoll?: (migrations: readonly MigrationDetail[]) => Promise<boolean>;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}): Promise<readonly MigrationDetail[]> {
  const { api, names, signal } = options;
  const ids = new Map<string, string>();
  let tasks: readonly ListedTask[] = [];
  for (let poll = 0; ; poll += 1) {
    signal.throwIfAborted();
    const migrations: MigrationDetail[] = [];
    for (const name of names) {
      const id = ids.get(name) ?? (await api.findByName(name));
      if (id === undefined) continue;
      ids.set(name, id);
      migrations.push(await api.migration(id));
    }
    if (poll % pollsPerTaskList === 0) {
      const running = migrations.filter(({ phase }) => !isFinalPhase(phase));
      tasks = (await Promise.all(running.map(({ id }) => api.tasks(id)))).flat();
    }
    options.show({ atMs: options.nowMs(), migrations, tasks });
    const isDone = (await options.onPoll?.(migrations)) ?? true;
    if (
      isDone &&
      migrations.length === names.length &&
      migrations.every(({ phase }) => isFinalPhase(phase))
    )
      return migrations;
    if (performance.now() > options.deadlineMs)
      throw new NotFinishedError(unfinishedText(names, migrations));
    await sleep(pollMs);
  }
}

function unfinishedText(names: readonly string[], migrations: readonly MigrationDetail[]): string {
  const lines = names.flatMap((name) => {
    const migration = migrations.find((known) => known.name === name);
    if (migration === undefined) return [`  ${name}: not accepted yet`];
    if (isFinalPhase(migration.phase)) return [];
    const batches = migration.batches.map(
      ({ batchId, phase, jobStatus }) => `${batchId} ${phase} (job ${jobStatus ?? 'none'})`,
    );
    return [`  ${name}: ${migration.phase}; ${batches.join(', ')}`];
  });
  return ['these migrations have not ended in time:', ...lines].join('\n');
}

/** Returns the error message of a failed demo: the reason, and the end of the logs where they help. */
export function failureText(error: unknown, { dataDir, timeoutSeconds }: DemoOptions): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  const logs = (['host', 'graph'] as const).map((name) => join(dataDir, 'logs', `${name}.log`));
  const tails = logs.map((file) => `the end of ${file}:\n${logTail(file)}`).join('\n');
  if (error instanceof NotFinishedError) return `${error.message}\n${tails}`;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return `the stack was not ready after ${String(timeoutSeconds)} seconds\n${tails}`;
  }
  return error instanceof Error ? error.message : String(error);
}
