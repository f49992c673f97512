import { createHash } from 'node:crypto';
import {
  createEmulator,
  faultPlanSchema,
  JobStore,
  type LoggedRequest,
  scenarioSchema,
  SharePointService,
} from '../../local/graph-emulator/index.ts';
import { createMemoryStores } from '../memoryStores/memoryStores.ts';
import { CrashPlan } from './crashPlan.ts';
import { isStruck } from './drawOutages.ts';
import { startMs } from './drawSubmissions.ts';
import { installLoop } from './installLoop.ts';
import { Ledger } from './ledger.ts';
import { createReleases, onlyRelease, type Release, type ReleaseName } from './nextRelease.ts';
import { sendPeople } from './people.ts';
import { drawPlan } from './plan.ts';
import { brokenPromises } from './promises/brokenPromises.ts';
import { type Mechanism, sabotageOf } from './sabotage.ts';
import { SeededRandom } from './seededRandom.ts';
import { SimulatedHost } from './simulatedHost.ts';
import { SimulatedLoop } from './simulatedLoop.ts';

/** What a run came to. */
export interface RunResult {
  readonly seed: number;
  /** Promises that the run has broken; empty for a good one. */
  readonly broken: readonly string[];
  /** SHA-256 of the trace: the same seed gives the same. */
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly migrations: number;
  readonly calls: number;
  readonly steps: number;
  readonly coverage: ReadonlyMap<string, number>;
}

// A run that is not over by then will never be.
const longestSteps = 600_000;
// With a mechanism off many runs have no end, and only the longest of the others take so many.
const longestStepsWithout = 150_000;

/** One run: draws everything from the seed, lets it happen, and checks the promises against what the emulator saw. */
export async function simulateRun(
  seed: number,
  off: Mechanism | null = null,
  { early = false }: { readonly early?: boolean } = {},
): Promise<RunResult> {
  const maxSteps = off === null ? longestSteps : longestStepsWithout;
  const lead = new SeededRandom(seed, 'lead');
  const random = new SeededRandom(seed);
  const loop = new SimulatedLoop(startMs, random.fork('order'));
  const uninstall = installLoop(loop, random.fork('ids'));
  try {
    const plan = drawPlan(random, seed);
    const scenario = scenarioSchema.parse(plan.scenario);
    const nowMs = (): number => loop.now();
    const ledger = new Ledger(nowMs);
    const memory = createMemoryStores();
    const words = random.fork('words');
    const releases = createReleases(() => words.chance(0.3));
    const releaseOf = (name: ReleaseName): Release =>
      plan.deployments.length === 0 && plan.release === 'head' ? onlyRelease : releases[name];
    const book = new JobStore(scenario);
    const sharePoint = new SharePointService(scenario, book);
    const logged = new Map<string, LoggedRequest>();
    const emulator = createEmulator({
      scenario,
      clock: loop,
      jobs: book,
      sharePoint,
      faults: faultPlanSchema.parse(plan.faults),
      onRequest: (row) => logged.set(row.clientRequestId ?? '', row),
    });
    const host = new SimulatedHost({
      loop,
      ledger,
      stores: memory,
      emulator,
      book,
      logged,
      userTaskWrites: plan.userTaskWrites,
      random: random.fork('slowness'),
      crashes: new CrashPlan(random.fork('crashes'), plan.instances),
      dispatch: random.fork('dispatch'),
      timerLeadMs: () => (early ? lead.between(0, 999) : 0),
      releases: Array.from({ length: plan.instances }, () => releaseOf(plan.release)),
      slowRate: plan.slowRate,
      maxParallelBatches: plan.maxParallelBatches,
      maxQueuedMoves: plan.maxQueuedMoves,
      syncsFirst: off !== 'the host syncs before it dispatches',
      handsOutAgain: off !== "a lost worker's work is handed out again",
      sabotage: sabotageOf(off),
    });
    void host.open();
    sendPeople({ plan, host, loop, ledger, random: random.fork('people'), stores: memory });
    for (const { afterMs, release, gapMs } of plan.deployments)
      loop.schedule(loop.now() + afterMs, () => void host.deploy(releaseOf(release), gapMs));
    const isOver = await loop.run(maxSteps);
    const broken = await brokenPromises({
      plan,
      scenario,
      ledger,
      jobs: book,
      moves: sharePoint.taskStore,
      stores: memory,
      releases,
      endMs: loop.now(),
      isOver,
      unfinished: await host.unfinished(),
    });
    for (const outage of plan.outages)
      for (const operation of new Set(
        ledger.calls
          .filter((call) => isStruck(outage, call, startMs))
          .map((call) => call.operation),
      ))
        ledger.cover(`outage|${operation}|${outage.kind}|${outage.duration}`);
    const migrations = (await memory.migrations.list({ pageSize: 100 })).items.length;
    const traceHash = createHash('sha256').update(ledger.trace.join('\n')).digest('hex');
    return {
      seed,
      broken,
      traceHash,
      trace: ledger.trace,
      migrations,
      calls: ledger.calls.length,
      steps: loop.steps,
      coverage: ledger.coverage,
    };
  } finally {
    uninstall();
  }
}
