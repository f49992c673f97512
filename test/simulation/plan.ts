import type { z } from 'zod';
import type { faultPlanSchema, scenarioSchema } from '../../local/graph-emulator/index.ts';
import { type Aim, aimOf } from './aim.ts';
import { needsUserTaskWrites } from './circumstance.ts';
import { drawFaults } from './drawFaults.ts';
import { drawFreezes, type PlannedFreeze } from './drawFreezes.ts';
import { drawOutages, type Outage } from './drawOutages.ts';
import { drawReplays, type Replay } from './drawReplays.ts';
import { drawScenario, targetTenantId, user } from './drawScenario.ts';
import { drawSharePoint, drawSharePointScenario } from './drawSharePoint.ts';
import { drawSharePointWishes } from './drawSharePointWishes.ts';
import { drawSubmissions, type Submission } from './drawSubmissions.ts';
import { drawWishes, type Wish, wishesInOutage } from './drawWishes.ts';
import type { ReleaseName } from './nextRelease.ts';
import type { SeededRandom } from './seededRandom.ts';

export { targetTenantId, user };

/** All that a run does to the app, drawn from the seed before it begins. */
export interface Plan {
  readonly aim: Aim;
  readonly scenario: z.input<typeof scenarioSchema>;
  /** How many instances of the app share the work. */
  readonly instances: number;
  /** The release by which they begin, and what is deployed on them later. */
  readonly release: ReleaseName;
  readonly deployments: readonly Deployment[];
  readonly batchSize: number;
  readonly maxParallelBatches: number;
  /** Places in the source's queue of moves, as the app is told. */
  readonly maxQueuedMoves: number;
  readonly submissions: readonly Submission[];
  readonly wishes: readonly Wish[];
  /** When somebody freezes everything, one after the other. */
  readonly freezes: readonly PlannedFreeze[];
  readonly replays: readonly Replay[];
  readonly outages: readonly Outage[];
  readonly faults: z.input<typeof faultPlanSchema>;
  /** The tenant's API offers writes to user tasks, and the app is told so. */
  readonly userTaskWrites: boolean;
  /** How often a call to Graph is slow. */
  readonly slowRate: number;
  /** How often a queue gives a message again that was dealt with. */
  readonly redeliveryRate: number;
}

/** Another release is put on all instances: all at once, or one after the other with a gap in between. */
export interface Deployment {
  readonly afterMs: number;
  readonly release: ReleaseName;
  readonly gapMs: number;
}

const hourMs = 3_600_000;

function drawReleases(random: SeededRandom): {
  readonly release: ReleaseName;
  readonly deployments: readonly Deployment[];
} {
  if (!random.chance(0.2)) return { release: 'head', deployments: [] };
  const release = random.pick(['head', 'next'] as const);
  const deployments: Deployment[] = [];
  let afterMs = 0;
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count -= 1) {
    afterMs += random.spread(1_000, 3 * hourMs);
    deployments.push({
      afterMs,
      release: (deployments.at(-1)?.release ?? release) === 'head' ? 'next' : 'head',
      gapMs: random.pick([0, random.spread(1_000, hourMs)]),
    });
  }
  return { release, deployments };
}

export function drawPlan(random: SeededRandom, seed: number): Plan {
  const aim = aimOf(seed);
  const userTaskWrites = needsUserTaskWrites(aim) || random.chance(0.3);
  const ofUsers = drawSubmissions(random.fork('submissions'), aim);
  const submissions = [...ofUsers, ...drawSharePoint(random.fork('sharePoint'), aim)];
  const outages = drawOutages(random.fork('outages'), submissions.length > ofUsers.length);
  return {
    aim,
    scenario: {
      ...drawScenario(random.fork('scenario'), userTaskWrites, aim),
      sharePoint: drawSharePointScenario(random.fork('sharePoint scenario'), aim),
    },
    instances: random.fork('instances').pick([1, 1, 1, 2, 2, 3]),
    ...drawReleases(random.fork('releases')),
    // Room for somebody who is added to a running job.
    batchSize: needsUserTaskWrites(aim) ? 8 : random.pick([1, 2, 2, 3, 4, 4]),
    maxParallelBatches: random.pick([1, 2, 40]),
    maxQueuedMoves: random.fork('queue').pick([1, 2, 3, 4_000, 4_000, 4_000]),
    submissions,
    wishes: [
      ...drawWishes(random.fork('wishes'), ofUsers, aim),
      ...wishesInOutage(random.fork('outage wishes'), submissions, outages),
      ...drawSharePointWishes(random.fork('sharePoint wishes'), submissions, ofUsers.length, aim),
    ],
    freezes: drawFreezes(random.fork('freezes')),
    replays: drawReplays(random.fork('replays'), submissions),
    outages,
    faults: drawFaults(random.fork('faults'), aim, outages),
    userTaskWrites,
    slowRate: random.pick([0, 0, 0.02, 0.1]),
    redeliveryRate: random.pick([0, 0.1, 0.3]),
  };
}
