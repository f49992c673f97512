import { holdOf, type JobRecord } from './jobRecord.ts';
import { drawn } from './random.ts';
import type { Scenario } from './scenario.ts';
import { isValidationFailed, jobOutcome } from './verdict.ts';

const underWay: readonly string[] = ['processing', 'inProgress', 'adminActionRequired'];

/** From `atMs` on the job has this status, until the next entry. */
export interface Step {
  readonly status: string;
  readonly atMs: number;
}

/** The course of a migration attempt: needed for what each user shows while it runs. */
export interface Attempt {
  readonly round: number;
  readonly startMs: number;
  readonly inProgressMs: number;
  readonly syncedMs: number;
  readonly cutoverMs: number;
  readonly endMs: number;
}

/** Everything that follows from a job's events and the scenario. */
export interface Course {
  readonly steps: readonly Step[];
  readonly validations: readonly {
    readonly round: number;
    readonly atMs: number;
    readonly endMs: number;
    readonly busy: readonly string[];
  }[];
  readonly attempts: readonly Attempt[];
  readonly completeAfterMs: number;
  readonly cancelledUsers: ReadonlyMap<string, number>;
  readonly users: readonly string[];
}

/**
 * Works out a job's whole course, also the part that lies ahead: the status at an instant is the last step before it. What
 * the scenario leaves open is drawn by the seed, so that the same events always give the same course.
 */
export function courseOf(record: JobRecord, scenario: Scenario): Course {
  const { job, events } = record;
  const steps: Step[] = [];
  const validations: Course['validations'][number][] = [];
  const attempts: Attempt[] = [];
  const cancelledUsers = new Map<string, number>();
  const users = [...job.resources];
  let completeAfterMs = Date.parse(job.completeAfterDateTime);
  const seconds = (what: keyof Omit<Scenario['timings'], 'token'>, round: number): number =>
    1000 *
    drawn(
      `${String(scenario.seed)} ${job.displayName} ${what} ${String(round)}`,
      scenario.timings[what],
    );
  const from = (atMs: number, ...next: Step[]): void => {
    while ((steps.at(-1)?.atMs ?? -1) > atMs) steps.pop();
    steps.push(...held(next, record, scenario).filter((step) => step.atMs >= atMs));
  };
  // What has been is kept; what lies ahead of a running attempt is worked out again, with its hold-ups.
  const replan = (atMs: number): void => {
    const attempt = attempts.at(-1);
    if (attempt === undefined || !underWay.includes(stepAt({ steps }, atMs).status)) return;
    from(atMs, ...migrationSteps(attempt));
  };

  /** An attempt as it goes from `atMs` on; one that is in progress keeps what it has begun. */
  const planned = (round: number, startMs: number, atMs: number, begun?: Attempt): Attempt => {
    const dueMs = scenario.switches.completeAfterStartsProcessing
      ? Math.max(atMs, completeAfterMs)
      : startMs;
    const inProgressMs = begun?.inProgressMs ?? dueMs + seconds('processing', round);
    const syncedMs = begun?.syncedMs ?? inProgressMs + seconds('sync', round);
    const cutoverMs = Math.max(syncedMs, completeAfterMs, atMs);
    return {
      round,
      startMs,
      inProgressMs,
      syncedMs,
      cutoverMs,
      endMs: cutoverMs + seconds('cutover', round),
    };
  };
  const migrationSteps = (attempt: Attempt): Step[] => [
    { status: 'processing', atMs: attempt.startMs },
    { status: 'inProgress', atMs: attempt.inProgressMs },
    { status: 'cuttingOver', atMs: attempt.cutoverMs },
    {
      status: jobOutcome(record, scenario, { users, cancelledUsers, attempts }, attempt),
      atMs: attempt.endMs,
    },
  ];
  for (const event of events) {
    const { atMs } = event;
    switch (event.kind) {
      case 'created':
        steps.push({ status: 'submitted', atMs });
        break;
      case 'validate': {
        const round = validations.length + 1;
        const lengthMs = seconds('validation', round);
        const endMs = atMs + lengthMs;
        validations.push({ round, atMs, endMs, busy: event.busy });
        from(
          atMs,
          { status: 'validateSubmitted', atMs },
          { status: 'validateProcessing', atMs: atMs + lengthMs * 0.1 },
          { status: 'validateInProgress', atMs: atMs + lengthMs * 0.3 },
          {
            status: isValidationFailed(
              record,
              scenario,
              users.filter((user) => !cancelledUsers.has(user)),
              round,
              event.busy,
            )
              ? 'validateFailed'
              : 'validatePassed',
            atMs: endMs,
          },
        );
        break;
      }
      case 'migrate': {
        const attempt = planned(attempts.length + 1, atMs, atMs);
        attempts.push(attempt);
        from(atMs, ...migrationSteps(attempt));
        break;
      }
      case 'update': {
        completeAfterMs = Date.parse(event.completeAfterDateTime);
        const attempt = attempts.pop();
        if (attempt === undefined) break;
        // An attempt that is over, or being cancelled, is not planned again.
        const running = underWay.includes(stepAt({ steps }, atMs).status);
        attempts.push(
          running
            ? planned(
                attempt.round,
                attempt.startMs,
                atMs,
                attempt.inProgressMs <= atMs ? attempt : undefined,
              )
            : attempt,
        );
        replan(atMs);
        break;
      }
      case 'cancel':
        from(
          atMs,
          { status: 'pendingCancel', atMs },
          { status: 'cancelled', atMs: atMs + seconds('cancel', 1) },
        );
        break;
      case 'cancelUser':
        cancelledUsers.set(event.user, atMs);
        replan(atMs);
        break;
      case 'addUser':
        users.push(event.user);
        replan(atMs);
        break;
      case 'hold':
        break;
      case 'delete':
        from(
          atMs,
          { status: 'pendingDelete', atMs },
          { status: 'deleted', atMs: atMs + seconds('deletion', 1) },
        );
    }
  }
  return { steps, validations, attempts, completeAfterMs, cancelledUsers, users };
}

/** The step that holds at an instant. */
export function stepAt({ steps }: Pick<Course, 'steps'>, atMs: number): Step {
  const found = steps.findLast((step) => step.atMs <= atMs) ?? steps[0];
  if (found === undefined) throw new Error('a job has no first status');
  return found;
}

/** Holds a job up where the scenario or one of its events says so. A status that is on no course comes after `inProgress`. */
function held(next: readonly Step[], record: JobRecord, scenario: Scenario): Step[] {
  const { job } = record;
  const startMs = next.find(({ status }) => status === 'processing')?.atMs;
  const hold = startMs === undefined ? undefined : holdOf(record, startMs);
  const decree = scenario.jobs.find(
    ({ displayName, user, stuckIn }) =>
      stuckIn !== undefined &&
      ((displayName !== undefined && new RegExp(displayName).test(job.displayName)) ||
        (user !== undefined && job.resources.includes(user))),
  );
  const stuckIn = hold?.stuckIn ?? decree?.stuckIn;
  if (stuckIn === undefined) return [...next];
  const stuckSeconds = hold === undefined ? decree?.stuckSeconds : (hold.seconds ?? undefined);
  const index = next.findIndex(
    ({ status }) => status === (stuckIn === 'adminActionRequired' ? 'inProgress' : stuckIn),
  );
  const at = next[index];
  if (at === undefined) return [...next];
  const isAdmin = stuckIn === 'adminActionRequired';
  const stuckAtMs = at.atMs + (isAdmin ? 60_000 : 0);
  const stuck: Step[] = [
    ...next.slice(0, index + 1),
    ...(isAdmin ? [{ status: stuckIn, atMs: stuckAtMs }] : []),
  ];
  if (stuckSeconds === undefined) return stuck;
  const resumedMs = stuckAtMs + stuckSeconds * 1000;
  const after = next.slice(index + 1);
  // What follows keeps its lengths: a cutover that starts late ends late.
  const delayMs = Math.max(0, resumedMs - (after[0]?.atMs ?? resumedMs));
  return [
    ...stuck,
    ...(isAdmin ? [{ status: 'inProgress', atMs: resumedMs }] : []),
    ...after.map(({ status, atMs }) => ({ status, atMs: atMs + delayMs })),
  ];
}
