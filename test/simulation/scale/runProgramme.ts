import { z } from 'zod';
import {
  createEmulator,
  InProcessCredential,
  inProcessHttpClient,
  JobStore,
  seededIds,
} from '../../../local/graph-emulator/index.ts';
import { parseConfig } from '../../../shared/config/parseConfig.ts';
import { createJobClient } from '../../../shared/graph/jobs.ts';
import { acceptMessage } from '../../../shared/intake/messages.ts';
import { sweep } from '../../../orchestrations/sweep.ts';
import { auditedStores } from '../../../shared/storage/auditEntries.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { targetTenantId, user } from '../drawScenario.ts';
import { installLoop } from '../installLoop.ts';
import { SeededRandom } from '../seededRandom.ts';
import { SimulatedLoop } from '../simulatedLoop.ts';
import { jobsInFlightAt } from './jobsInFlight.ts';
import { noticedStores } from './noticedStores.ts';
import { drawProgramme, type ProgrammeShape, programmeStartMs } from './programme.ts';
import { isGraphCall, ProgrammeRecord } from './programmeRecord.ts';
import type { ProgrammeResult } from './programmeResult.ts';
import { openScaleHost } from './scaleHost.ts';
import { countedRequests } from './storageRequests.ts';

/** How far a run is. */
export interface RunProgress {
  readonly nowMs: number;
  readonly jobsInFlight: number;
  readonly usersDone: number;
}

const hour = 3_600_000;
// As the app's timer has it.
const sweepMs = 300_000;
const longestDays = 200;
const baseUrl = 'http://127.0.0.1:7080';
// What the settings of the app are when nobody sets them.
const preset = parseConfig({
  TARGET_TENANT_ID: targetTenantId,
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
}).limits;
const logSchema = z.object({ value: z.array(z.looseObject({ operation: z.string() })) });

/**
 * Lets the app carry a programme out in this thread, on a clock that jumps: its own intake, orchestrations, activities and Graph
 * client, the emulator behind it, stores in memory. `onProgress` is called after every simulated quarter of an hour.
 * @throws Error when a migration is refused, or has not ended after 200 days
 */
export async function runProgramme(
  shape: ProgrammeShape,
  onProgress: (progress: RunProgress) => void = () => undefined,
): Promise<ProgrammeResult> {
  const { waves, scenario, faults } = drawProgramme(shape);
  const random = new SeededRandom(shape.seed);
  const loop = new SimulatedLoop(programmeStartMs, random.fork('order'));
  const uninstall = installLoop(loop, random.fork('ids'));
  try {
    const nowMs = (): number => loop.now();
    const record = new ProgrammeRecord(programmeStartMs, nowMs);
    const book = new JobStore(scenario, undefined, seededIds(String(shape.seed)));
    const emulator = createEmulator({
      scenario,
      clock: loop,
      jobs: book,
      faults,
      onRequest: (logged) => record.request(logged),
    });
    const memory = createMemoryStores();
    const counted = countedRequests(memory, (requests) => record.storage(requests));
    const noticed = noticedStores(counted, memory, book, {
      nowMs,
      onNotice: (kind, delayMs) => record.notice(kind, delayMs),
      onUserDone: (migrationId, taskId, outcome) => record.userDone(migrationId, taskId, outcome),
      onMigrationEnd: (migrationId, phase) => {
        record.ended.set(migrationId, phase);
        if (record.ended.size === waves.length) loop.stop();
      },
    });
    const credential = new InProcessCredential(emulator, {
      baseUrl,
      tenantId: targetTenantId,
      clientId: user(0),
      nowMs,
    });
    const jobs = createJobClient({
      config: { graph: { baseUrl, jobsVersion: 'v1.0' } },
      credential,
      httpClient: inProcessHttpClient(emulator),
      nowMs,
    });
    const app = await openScaleHost({
      loop,
      record,
      services: {
        ...preset,
        stores: auditedStores(noticed),
        jobs,
        userTaskWrites: false,
        warn: () => undefined,
        nowMs,
      },
    });

    let failure: Error | undefined;
    const fail = (error: unknown): void => {
      failure ??= error instanceof Error ? error : new Error(String(error));
      loop.stop();
    };
    const accept = async (name: string): Promise<void> => {
      record.execution('migrationRequests');
      const outcome = await acceptMessage(
        { text: JSON.stringify({ requestBlob: `${name}.json` }) },
        { ...app, ...preset, targetTenantId },
      );
      if (outcome.kind !== 'accepted')
        throw new Error(`${name} was refused: ${outcome.rejection.detail}`);
    };
    for (const { name, acceptMs, request } of waves) {
      memory.putInbox(`${name}.json`, JSON.stringify(request));
      loop.schedule(acceptMs, () => void accept(name).catch(fail));
    }
    const every = (ms: number, work: () => void): void => {
      loop.schedule(nowMs() + ms, () => {
        work();
        every(ms, work);
      });
    };
    every(sweepMs, () => {
      record.execution('sweep');
      void sweep(app).catch(fail);
    });
    every(hour / 4, () =>
      onProgress({
        nowMs: nowMs(),
        jobsInFlight: jobsInFlightAt(book, nowMs()),
        usersDone: record.usersDone,
      }),
    );
    loop.schedule(programmeStartMs + longestDays * 24 * hour, () =>
      fail(new Error(`the programme has not ended after ${String(longestDays)} days`)),
    );
    await loop.run(Infinity);
    if (failure !== undefined) throw failure;

    const { value: log } = logSchema.parse(
      await (await emulator.fetch(new Request(`${baseUrl}/_emulator/log`))).json(),
    );
    const batches = await Promise.all(
      [...record.ended.keys()].map((id) => memory.batches.list(id)),
    );
    return record.result(book, {
      shape,
      loggedCalls: log.filter(isGraphCall).length,
      batches: batches.flat().length,
    });
  } finally {
    uninstall();
  }
}
