import { drawn } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import { decreeOn } from './sharePointScenario.ts';
import { sourceOf } from './taskParameters.ts';
import type { TaskRecord } from './taskRecord.ts';

export type TaskStatus = 'notStarted' | 'inProgress' | 'completed' | 'failed' | 'cancelled';

/** From `atMs` on the task has this status, until the next entry. */
export interface TaskStep {
  readonly status: TaskStatus;
  readonly atMs: number;
}

/** Everything that follows from a task's events and the scenario. */
export interface TaskCourse {
  readonly steps: readonly TaskStep[];
  /** Until when a running task shows no sign of life. */
  readonly silentUntilMs: number;
}

/** Works out a task's whole course, also the part that lies ahead; the seed draws what the scenario leaves open. */
export function courseOf(
  { task, cancelledMs }: TaskRecord,
  { seed, sharePoint }: Scenario,
): TaskCourse {
  const { createdMs, parameters, ordinal, sourceKey } = task;
  const { names } = sourceOf(parameters, sharePoint.directory);
  const seconds = (what: 'queue' | 'move'): number =>
    1000 *
    drawn(`${String(seed)} ${sourceKey} ${what} ${String(ordinal)}`, sharePoint.timings[what]);
  const instant = (value: string | null | undefined, otherwise: number): number =>
    value == null ? otherwise : Date.parse(value);

  const stuck = decreeOn(names, sharePoint, ({ stuckIn }) => stuckIn !== undefined);
  const stuckMs = (status: TaskStatus): number =>
    stuck?.stuckIn === status ? (stuck.stuckSeconds ?? Infinity) * 1000 : 0;
  const startMs =
    Math.max(createdMs, instant(parameters.preferredStartDateTime, createdMs)) +
    seconds('queue') +
    stuckMs('notStarted');
  const silentUntilMs = startMs + stuckMs('inProgress');
  const created: TaskStep = { status: 'notStarted', atMs: createdMs };

  const latestMs = instant(parameters.preferredLatestStartDateTime, Infinity);
  const endOfWaitMs = Math.min(
    cancelledMs ?? Infinity,
    startMs > latestMs ? Math.max(latestMs, createdMs) : Infinity,
  );
  if (endOfWaitMs < Infinity)
    return { steps: [created, { status: 'cancelled', atMs: endOfWaitMs }], silentUntilMs };

  const failed = decreeOn(
    names,
    sharePoint,
    (decree) => decree.failed !== undefined && ordinal <= (decree.failedTimes ?? Infinity),
  );
  const end: TaskStep = {
    status: failed === undefined ? 'completed' : 'failed',
    atMs: silentUntilMs + seconds('move'),
  };
  return { steps: [created, { status: 'inProgress', atMs: startMs }, end], silentUntilMs };
}

/** The step that holds at an instant. */
export function stepAt({ steps }: TaskCourse, atMs: number): TaskStep {
  const found = steps.findLast((step) => step.atMs <= atMs) ?? steps[0];
  if (found === undefined) throw new Error('a task has no first status');
  return found;
}
