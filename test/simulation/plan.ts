import type { z } from 'zod';
import type { faultPlanSchema } from '../../local/graph/faults/faultPlan.ts';
import type { scenarioSchema } from '../../local/graph/scenario.ts';
import { type Aim, aimOf } from './aim.ts';
import { needsUserTaskWrites } from './circumstance.ts';
import { drawReplays, type Replay } from './drawReplays.ts';
import { drawFaults } from './drawFaults.ts';
import { drawSharePoint, drawSharePointScenario } from './drawSharePoint.ts';
import { drawSharePointWishes } from './drawSharePointWishes.ts';
import { drawScenario, targetTenantId, user } from './drawScenario.ts';
import { drawSubmissions, type Submission } from './drawSubmissions.ts';
import { drawWishes, type Wish } from './drawWishes.ts';
import type { SeededRandom } from './seededRandom.ts';

export { targetTenantId, user };

/** All that a run does to the app, drawn from the seed before it begins. */
export interface Plan {
  readonly aim: Aim;
  readonly scenario: z.input<typeof scenarioSchema>;
  readonly batchSize: number;
  readonly maxParallelBatches: number;
  /** Places in the source's queue of moves, as the app is told. */
  readonly maxQueuedMoves: number;
  readonly submissions: readonly Submission[];
  readonly wishes: readonly Wish[];
  readonly replays: readonly Replay[];
  readonly faults: z.input<typeof faultPlanSchema>;
  /** The tenant's API offers writes to user tasks, and the app is told so. */
  readonly userTaskWrites: boolean;
  /** How often a call to Graph is slow. */
  readonly slowRate: number;
  /** How often a queue gives a message again that was dealt with. */
  readonly redeliveryRate: number;
}

export function drawPlan(random: SeededRandom, seed: number): Plan {
  const aim = aimOf(seed);
  const userTaskWrites = needsUserTaskWrites(aim) || random.chance(0.3);
  const ofUsers = drawSubmissions(random.fork('submissions'), aim);
  const submissions = [...ofUsers, ...drawSharePoint(random.fork('sharePoint'), aim)];
  return {
    aim,
    scenario: { ...drawScenario(random.fork('scenario'), userTaskWrites, aim), sharePoint: drawSharePointScenario(random.fork('sharePoint scenario'), aim) },
    // Room for somebody who is added to a running job.
    batchSize: needsUserTaskWrites(aim) ? 8 : random.pick([1, 2, 2, 3, 4, 4]),
    maxParallelBatches: random.pick([1, 2, 40]),
    maxQueuedMoves: random.fork('queue').pick([1, 2, 3, 4_000, 4_000, 4_000]),
    submissions,
    wishes: [...drawWishes(random.fork('wishes'), ofUsers, aim), ...drawSharePointWishes(random.fork('sharePoint wishes'), submissions, ofUsers.length, aim)],
    replays: drawReplays(random.fork('replays'), submissions),
    faults: drawFaults(random.fork('faults'), aim),
    userTaskWrites,
    slowRate: random.pick([0, 0, 0.02, 0.1]),
    redeliveryRate: random.pick([0, 0.1, 0.3]),
  };
}
