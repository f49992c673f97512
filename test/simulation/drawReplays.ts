import { user } from './drawScenario.ts';
import type { Submission } from './drawSubmissions.ts';
import type { SeededRandom } from './seededRandom.ts';

/** What becomes of a queue message beside the request in it: whether it fails for ever, and who replays it when it was refused. */
export interface Replay {
  readonly submission: number;
  /** Something outside the request lets its function fail at every delivery: it ends in the poison queue. */
  readonly isPoisoned: boolean;
  /** How long after the refusal somebody replays it, and how often. */
  readonly afterMs: number;
  readonly times: number;
  /** So many do it at the same moment. */
  readonly together: number;
  /** What stood in its way is solved first, where that can be: the blob that it names is left after all. */
  readonly leaves: object | null;
  /** That comes as late as the replay itself, or before it. */
  readonly leavesAfterMs: number;
}

const hour = 3_600_000;

/** What is done about messages that are refused. */
export function drawReplays(random: SeededRandom, submissions: readonly Submission[]): Replay[] {
  return submissions.flatMap(({ way }, submission) => {
    if (way === 'http') return [];
    const isPoisoned = random.chance(0.1);
    const afterMs = random.chance(0.2) ? 0 : random.spread(1, 5 * hour);
    const leaves = random.chance(0.6) ? lateRequest(random, submission) : null;
    const replay: Replay = {
      submission,
      isPoisoned,
      afterMs,
      times: random.pick([0, 1, 1, 2, 3]),
      together: random.pick([1, 1, 2]),
      leaves,
      leavesAfterMs: random.chance(0.5) ? afterMs : 0,
    };
    return [replay];
  });
}

function lateRequest(random: SeededRandom, n: number): object {
  return {
    kind: 'users',
    name: `late ${String(n)}`,
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [user(random.between(7, 9))],
    workloads: random.pick([['Teams'], ['ODSP']]),
    requestedBy: 'lee@fabrikam.com',
  };
}
