import type { Scenario } from '../scenario.ts';
import { seededNumber } from '../seededRandom.ts';
import { findSourceRule } from './sharePointScenario.ts';
import { sourceOf } from './taskParameters.ts';
import type { TaskRecord } from './taskRecord.ts';

export type TaskStatus = 'notStarted' | 'inProgress' | 'completed' | 'failed' | 'cancelled';

/** A status that a task has from `atMs` until the next step. */
export interface TaskStep {
  readonly status: TaskStatus;
  readonly atMs: number;
}

/** Everything that follows from the events of a task and from the scenario, past and future. */
export interface TaskTimeline {
  readonly steps: readonly TaskStep[];
  /** A running task shows no update until this instant. */
  readonly silentUntilMs: number;
}

/** Computes the timeline of a task. The seed determines what the scenario leaves open. */
export function taskTimeline(
  { task, cancelledMs }: TaskRecord,
  { seed, sharePoint }: Scenario,
): TaskTimeline {
  const { createdMs, parameters, ordinal, sourceKey } = task;
  const { names } = sourceOf(parameters, sharePoint.directory);
  // The label is part of the seeded text: another label would change the durations of every seeded run.
  const durationMs = (label: 'queue' | 'move', range: { min: number; max: number }): number =>
    1000 * seededNumber(`${String(seed)} ${sourceKey} ${label} ${String(ordinal)}`, range);
  const instantOr = (value: string | null | undefined, otherwise: number): number =>
    value == null ? otherwise : Date.parse(value);

  const stuck = findSourceRule(names, sharePoint, ({ stuckIn }) => stuckIn !== undefined);
  const stuckMs = (status: TaskStatus): number =>
    stuck?.stuckIn === status ? (stuck.stuckSeconds ?? Infinity) * 1000 : 0;
  const startMs =
    Math.max(createdMs, instantOr(parameters.preferredStartDateTime, createdMs)) +
    durationMs('queue', sharePoint.timings.queue) +
    stuckMs('notStarted');
  const silentUntilMs = startMs + stuckMs('inProgress');
  const created: TaskStep = { status: 'notStarted', atMs: createdMs };

  const latestStartMs = instantOr(parameters.preferredLatestStartDateTime, Infinity);
  const cancelMs = Math.min(
    cancelledMs ?? Infinity,
    startMs > latestStartMs ? Math.max(latestStartMs, createdMs) : Infinity,
  );
  if (cancelMs < Infinity)
    return { steps: [created, { status: 'cancelled', atMs: cancelMs }], silentUntilMs };

  const failed = findSourceRule(
    names,
    sharePoint,
    (rule) => rule.failed !== undefined && ordinal <= (rule.failedTimes ?? Infinity),
  );
  const end: TaskStep = {
    status: failed === undefined ? 'completed' : 'failed',
    atMs: silentUntilMs + durationMs('move', sharePoint.timings.migration),
  };
  return { steps: [created, { status: 'inProgress', atMs: startMs }, end], silentUntilMs };
}

/** Returns the step that a task is in at an instant. */
export function stepAt({ steps }: TaskTimeline, atMs: number): TaskStep {
  const found = steps.findLast((step) => step.atMs <= atMs) ?? steps[0];
  if (found === undefined) throw new Error('the timeline of a task is empty');
  return found;
}
