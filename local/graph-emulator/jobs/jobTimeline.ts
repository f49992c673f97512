import type { Scenario } from '../scenario.ts';
import { seededNumber } from '../seededRandom.ts';
import { finalStatus, validationErrors } from './jobErrors.ts';
import { holdOf, type JobRecord } from './jobRecord.ts';

const runningStatuses: readonly string[] = ['processing', 'inProgress', 'adminActionRequired'];

/** A status that a job has from `atMs` until the next step. */
export interface JobStep {
  readonly status: string;
  readonly atMs: number;
}

/** The instants of one migration of a job. What each user shows during the migration is computed from them. */
export interface JobMigration {
  /** 1 for the first migration of the job. */
  readonly ordinal: number;
  readonly startMs: number;
  readonly inProgressMs: number;
  readonly syncedMs: number;
  readonly cutoverMs: number;
  readonly endMs: number;
}

/** Everything that follows from the events of a job and from the scenario, past and future. */
export interface JobTimeline {
  readonly steps: readonly JobStep[];
  readonly validations: readonly {
    /** 1 for the first validation of the job. */
    readonly ordinal: number;
    readonly atMs: number;
    readonly endMs: number;
    readonly busy: readonly string[];
  }[];
  readonly migrations: readonly JobMigration[];
  readonly completeAfterMs: number;
  /** When each cancelled user was cancelled. */
  readonly cancelledUsers: ReadonlyMap<string, number>;
  readonly users: readonly string[];
}

/**
 * Computes the timeline of a job, including the part that lies in the future. The seed determines what the scenario leaves
 * open, so the same events always give the same timeline.
 */
export function jobTimeline(record: JobRecord, scenario: Scenario): JobTimeline {
  const { job, events } = record;
  const steps: JobStep[] = [];
  const validations: JobTimeline['validations'][number][] = [];
  const migrations: JobMigration[] = [];
  const cancelledUsers = new Map<string, number>();
  const users = [...job.resources];
  let completeAfterMs = Date.parse(job.completeAfterDateTime);
  const durationMs = (what: keyof Omit<Scenario['timings'], 'token'>, ordinal: number): number =>
    1000 *
    seededNumber(
      `${String(scenario.seed)} ${job.displayName} ${what} ${String(ordinal)}`,
      scenario.timings[what],
    );
  /** Replaces the steps after `atMs`. */
  const replaceFrom = (atMs: number, ...next: JobStep[]): void => {
    while ((steps.at(-1)?.atMs ?? -1) > atMs) steps.pop();
    steps.push(...withHold(next, record, scenario).filter((step) => step.atMs >= atMs));
  };
  // The past stays. The future of a running migration is computed again, including its hold.
  const replan = (atMs: number): void => {
    const migration = migrations.at(-1);
    if (migration === undefined || !runningStatuses.includes(stepAt({ steps }, atMs).status))
      return;
    replaceFrom(atMs, ...migrationSteps(migration));
  };

  /** Plans a migration from `atMs` on. A migration in progress (`begun`) keeps the stages that it has begun. */
  const plannedMigration = (
    ordinal: number,
    startMs: number,
    atMs: number,
    begun?: JobMigration,
  ): JobMigration => {
    const dueMs = scenario.switches.completeAfterStartsProcessing
      ? Math.max(atMs, completeAfterMs)
      : startMs;
    const inProgressMs = begun?.inProgressMs ?? dueMs + durationMs('processing', ordinal);
    const syncedMs = begun?.syncedMs ?? inProgressMs + durationMs('sync', ordinal);
    const cutoverMs = Math.max(syncedMs, completeAfterMs, atMs);
    return {
      ordinal,
      startMs,
      inProgressMs,
      syncedMs,
      cutoverMs,
      endMs: cutoverMs + durationMs('cutover', ordinal),
    };
  };
  const migrationSteps = (migration: JobMigration): JobStep[] => [
    { status: 'processing', atMs: migration.startMs },
    { status: 'inProgress', atMs: migration.inProgressMs },
    { status: 'cuttingOver', atMs: migration.cutoverMs },
    {
      status: finalStatus(record, scenario, { users, cancelledUsers }, migration),
      atMs: migration.endMs,
    },
  ];
  for (const event of events) {
    const { atMs } = event;
    switch (event.kind) {
      case 'created':
        steps.push({ status: 'submitted', atMs });
        break;
      case 'validate': {
        const ordinal = validations.length + 1;
        const lengthMs = durationMs('validation', ordinal);
        const endMs = atMs + lengthMs;
        const validation = { ordinal, atMs, endMs, busy: event.busy };
        validations.push(validation);
        const isFailed = users.some(
          (user) =>
            !cancelledUsers.has(user) &&
            validationErrors(record, scenario, user, validation).length > 0,
        );
        replaceFrom(
          atMs,
          { status: 'validateSubmitted', atMs },
          { status: 'validateProcessing', atMs: atMs + lengthMs * 0.1 },
          { status: 'validateInProgress', atMs: atMs + lengthMs * 0.3 },
          { status: isFailed ? 'validateFailed' : 'validatePassed', atMs: endMs },
        );
        break;
      }
      case 'migrate': {
        const migration = plannedMigration(migrations.length + 1, atMs, atMs);
        migrations.push(migration);
        replaceFrom(atMs, ...migrationSteps(migration));
        break;
      }
      case 'update': {
        completeAfterMs = Date.parse(event.completeAfterDateTime);
        const migration = migrations.pop();
        if (migration === undefined) break;
        // A migration that has ended, or that is being cancelled, is not planned again.
        const isRunning = runningStatuses.includes(stepAt({ steps }, atMs).status);
        migrations.push(
          isRunning
            ? plannedMigration(
                migration.ordinal,
                migration.startMs,
                atMs,
                migration.inProgressMs <= atMs ? migration : undefined,
              )
            : migration,
        );
        replan(atMs);
        break;
      }
      case 'cancel':
        replaceFrom(
          atMs,
          { status: 'pendingCancel', atMs },
          { status: 'cancelled', atMs: atMs + durationMs('cancel', 1) },
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
        replaceFrom(
          atMs,
          { status: 'pendingDelete', atMs },
          { status: 'deleted', atMs: atMs + durationMs('deletion', 1) },
        );
    }
  }
  return { steps, validations, migrations, completeAfterMs, cancelledUsers, users };
}

/** Returns the step that a job is in at an instant. */
export function stepAt({ steps }: Pick<JobTimeline, 'steps'>, atMs: number): JobStep {
  const found = steps.findLast((step) => step.atMs <= atMs) ?? steps[0];
  if (found === undefined) throw new Error('the timeline of a job is empty');
  return found;
}

/**
 * Delays the steps where the scenario or an event holds the job. `adminActionRequired` is not part of an ordinary timeline:
 * it is inserted one minute after `inProgress`.
 */
function withHold(next: readonly JobStep[], record: JobRecord, scenario: Scenario): JobStep[] {
  const { job } = record;
  const startMs = next.find(({ status }) => status === 'processing')?.atMs;
  const hold = startMs === undefined ? undefined : holdOf(record, startMs);
  const rule = scenario.jobs.find(
    ({ displayName, user, stuckIn }) =>
      stuckIn !== undefined &&
      ((displayName !== undefined && new RegExp(displayName).test(job.displayName)) ||
        (user !== undefined && job.resources.includes(user))),
  );
  const stuckIn = hold?.stuckIn ?? rule?.stuckIn;
  if (stuckIn === undefined) return [...next];
  const stuckSeconds = hold === undefined ? rule?.stuckSeconds : (hold.seconds ?? undefined);
  const index = next.findIndex(
    ({ status }) => status === (stuckIn === 'adminActionRequired' ? 'inProgress' : stuckIn),
  );
  const at = next[index];
  if (at === undefined) return [...next];
  const isAdmin = stuckIn === 'adminActionRequired';
  const stuckAtMs = at.atMs + (isAdmin ? 60_000 : 0);
  const stuck: JobStep[] = [
    ...next.slice(0, index + 1),
    ...(isAdmin ? [{ status: stuckIn, atMs: stuckAtMs }] : []),
  ];
  if (stuckSeconds === undefined) return stuck;
  const resumedMs = stuckAtMs + stuckSeconds * 1000;
  const after = next.slice(index + 1);
  // The later steps keep their durations: a cutover that starts late ends late.
  const delayMs = Math.max(0, resumedMs - (after[0]?.atMs ?? resumedMs));
  return [
    ...stuck,
    ...(isAdmin ? [{ status: 'inProgress', atMs: resumedMs }] : []),
    ...after.map(({ status, atMs }) => ({ status, atMs: atMs + delayMs })),
  ];
}
