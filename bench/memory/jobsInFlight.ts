import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../../local/functions-host/test/durable/engineHarness.ts';
import { openWorld } from '../../test/orchestrations/world.ts';
import { multiplyJournal } from './multiplyJournal.ts';

const day = 86_400;
const settleMs = 3 * 3_600_000;
const mib = 1024 * 1024;

export interface JobsInFlight {
  readonly memoryMiB: number;
  readonly diskBytesPerJob: number;
}

/**
 * What the host keeps of jobs that sync: `jobs` batches are brought there by the app, the journal of that is written out
 * `times` times, and a host that has just started reads it. Nothing else of the app is in memory by then.
 */
export async function jobsInFlight(jobs: number, times: number): Promise<JobsInFlight> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tenant-ferry-memory-'));
  const journal = join(dataDir, 'journal.jsonl');
  try {
    multiplyJournal(journal, await keepJournal(jobs, journal), times);
    const before = await usedBytes();
    const engine = await openEngine({ dataDir });
    await engine.host.idle();
    const grown = (await usedBytes()) - before;
    const onDisk = statSync(journal).size;
    await engine.stop();
    return { memoryMiB: grown / mib, diskBytesPerJob: onDisk / (jobs * times) };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Returns the migration's id. */
async function keepJournal(jobs: number, file: string): Promise<string> {
  const world = await openWorld({
    batchSize: 1,
    scenario: { timings: { sync: { min: 10 * day, max: 10 * day } } },
    wrap: (services) => ({ ...services, maxParallelBatches: jobs }),
  });
  try {
    const id = await world.accept(jobs, {
      completeAfterDateTime: new Date(world.clock.now() + 14 * day * 1000).toISOString(),
    });
    const untilMs = world.clock.now() + settleMs;
    await world.engine.settle(() => world.clock.now() > untilMs);
    const syncing = (await world.jobs()).filter(({ status }) => status === 'inProgress').length;
    if (syncing !== jobs) throw new Error(`${String(syncing)} of ${String(jobs)} jobs sync`);
    copyFileSync(join(world.engine.dataDir, 'journal.jsonl'), file);
    return id;
  } finally {
    await world.close();
  }
}

async function usedBytes(): Promise<number> {
  // What waits for a turn of the event loop holds on to what it waits with.
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
