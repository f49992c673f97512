import type { z } from 'zod';
import {
  createSharePointTaskInputSchema,
  type createSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { hasFinalOutcome, outOfSightSince } from '../../shared/domain/sight.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { ActivityServices } from '../activityServices.ts';
import { isFrozen } from '../commands/freeze.ts';
import { isQueueFull, isThere, throttleSeconds } from '../refusals.ts';
import {
  endTask,
  leaveQueue,
  type SharePointTaskRow,
  refused,
  saveTaskRow,
  sharePointOf,
  sharePointService,
  storedTaskRow,
} from './endTask.ts';
import { isBlind, lookUpTask, parametersToSend, adoptTask } from './lookUpTask.ts';
import { backToQueue } from './quota.ts';
import { beginTurn, endDelay, isHopeless, triedAgain } from './taskTurn.ts';
import { saveSeen, saveUnknown, saveUnseen } from './unseenTask.ts';

type Result = z.infer<typeof createSharePointTaskResultSchema>;
type Turn = z.infer<typeof createSharePointTaskInputSchema>;
interface Rows {
  readonly taskRow: SharePointTaskRow;
  readonly batch: Batch;
}

/** The status of a task whose create is on its way: our word, which no answer of Graph has. */
export const creating = 'creating';

/** The status of a task that Graph has said to have and not shown yet: our word as well. */
const existing = 'existing';

/** True for a task that may have been created, by a host that died while it created or by a create that nobody has heard the end of. */
export function mayExist({ services }: SharePointTaskRow): boolean {
  return services.some(({ status }) => status === creating || status === existing);
}

const operation = 'create SharePoint task';

/**
 * Graph: create a SharePoint task, once. Looks first, because an earlier try may have got through: a task of the source that
 * was not there before is ours.
 */
export async function createSharePointTask(
  input: unknown,
  services: ActivityServices,
): Promise<Result> {
  const turn = createSharePointTaskInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { taskRow } = rows;
  if (hasFinalOutcome(taskRow)) return leaveQueue(taskRow, services);
  // This very activity was run before, and nobody has heard what it came to.
  if (taskRow.jobId !== null && taskRow.outcome === null && taskRow.outcomeBefore === null)
    return { kind: 'created', graphTaskId: taskRow.jobId };
  const isNoted = mayExist(taskRow);
  const isCreateUnknown = turn.isCreateUnknown || isNoted || isUnclear(taskRow);
  const found = await lookUpTask(taskRow, services);
  if (found.kind === 'refused' && !isCreateUnknown && isHopeless(turn, services))
    return endTask(taskRow, refused(found.problem), services);
  if (found.kind === 'refused' && !isCreateUnknown)
    return (
      (await backToQueue(turn, found.seconds, services)) ??
      triedAgain(turn, { operation: 'look up SharePoint task', ...found }, services)
    );
  if (found.kind === 'refused')
    return notShown(
      rows,
      turn,
      { operation: 'look up SharePoint task', isAbsent: false, ...found },
      services,
    );
  if (found.kind === 'seen' && found.value.id !== turn.beforeId) {
    await endDelay(turn, turn.delayedSinceMs ?? turn.sight.unseenSinceMs, services);
    return adoptTask(rows, found.value, 'create', services);
  }
  // Graph may have forgotten it by now: that it is not there is no reason to move it once more.
  const isThereUnseen = taskRow.services.some(({ status }) => status === existing);
  if (found.kind === 'absent' && (taskRow.outcome === 'unknown' || isThereUnseen))
    return notShown(
      rows,
      turn,
      { operation: 'look up SharePoint task', seconds: 0, isAbsent: isThereUnseen, ...found },
      services,
    );
  if (outOfSightSince(taskRow) !== undefined) await clearOutOfSight(taskRow, services);
  // As long as nothing can have been created, whoever asks for something now is still in time: it is heard in the queue.
  const queued = isCreateUnknown ? undefined : await backToQueue(turn, 0, services);
  if (queued !== undefined) return queued;
  // An earlier try has given the place back, and nobody has heard of it.
  if (!isCreateUnknown && !(await hasQuota(taskRow, services)))
    return { kind: 'full', seconds: 0, commands: true, isHeld: false };
  // A create that is repeated when the first has come to its end would move the source again.
  const isYoung =
    isNoted && !isUnclear(taskRow) && services.nowMs() - Date.parse(taskRow.updatedAt) <= blindMs;
  if (isCreateUnknown && isBlind(taskRow) && !isYoung) {
    return recordUnclear(rows, found.kind === 'absent' ? found.problem : noProblem, services);
  }
  // An earlier try may have got through, and Graph does not show it: nothing is sent again during a freeze.
  if (isCreateUnknown && (await isFrozen(services)))
    return heldWhileUnknown(taskRow, turn, isNoted, services);
  if (!isNoted)
    await note(
      taskRow,
      [sharePointService({ status: creating, message: '', errors: [] })],
      services,
    );
  return sent(rows, turn, { isCreateUnknown }, services);
}

/** Waits for Graph to show what an earlier try may have created. What it has not shown by the last look is not there: the task waits in the queue, where it hears commands. */
async function heldWhileUnknown(
  taskRow: SharePointTaskRow,
  turn: Turn,
  isNoted: boolean,
  services: ActivityServices,
): Promise<Result> {
  if (!turn.isLast) return { kind: 'frozen' };
  const { migrationId, batchId, taskId } = taskRow;
  if (isNoted) await note(taskRow, [], services);
  await services.stores.quota.release({ migrationId, batchId, taskId });
  await endDelay(turn, turn.delayedSinceMs, services);
  return { kind: 'full', seconds: 0, commands: false, isHeld: true };
}

async function hasQuota(
  { migrationId, batchId, taskId }: SharePointTaskRow,
  { stores }: ActivityServices,
): Promise<boolean> {
  return ((await stores.quota.find({ migrationId, batchId, taskId })) ?? 0) > 0;
}

async function sent(
  rows: Rows,
  turn: Turn,
  { isCreateUnknown }: { readonly isCreateUnknown: boolean },
  services: ActivityServices,
): Promise<Result> {
  const { taskRow } = rows;
  const { stores } = services;
  const { migrationId, batchId, taskId } = taskRow;
  const parameters = await parametersToSend(taskRow, services);
  // Another run of this activity may have created it meanwhile: this instance may have stood still.
  const { jobId } = await storedTaskRow(stores, taskRow);
  if (jobId !== null && jobId !== taskRow.jobId) return { kind: 'created', graphTaskId: jobId };
  const created = await sharePointOf(services).createTask(parameters);
  // Nothing was created this time, nor before.
  if (
    !isCreateUnknown &&
    created.kind !== 'done' &&
    (created.kind === 'retryAfter' || isQueueFull(created.problem))
  )
    await note(taskRow, taskRow.services, services);
  if (created.kind !== 'done' && isQueueFull(created.problem)) {
    const seconds = 'seconds' in created ? created.seconds : 0;
    const again = await triedAgain(
      turn,
      { operation, seconds: Math.max(5 * throttleSeconds, seconds), problem: created.problem },
      services,
    );
    if (isCreateUnknown) return again;
    await stores.quota.release({ migrationId, batchId, taskId });
    return { kind: 'full', seconds, commands: false, isHeld: false };
  }
  switch (created.kind) {
    case 'done':
      await endDelay(turn, turn.delayedSinceMs, services);
      return created.value.id === null
        ? { kind: 'unknown', seconds: 0 }
        : adoptTask(rows, created.value, 'create', services);
    case 'retryAfter':
      return triedAgain(turn, { operation, ...created }, services);
    case 'unknown':
    case 'conflict':
      await triedAgain(turn, { operation, seconds: 0, problem: created.problem }, services);
      return { kind: 'unknown', seconds: 'seconds' in created ? created.seconds : 0 };
    default: {
      // It may be refused because an earlier try, or an earlier run, got through.
      if (isBlind(taskRow) && isThere(created.problem))
        return recordUnclear(rows, created.problem, services);
      // Graph says that there is one: it may be ours, from a second run of this activity at the same time.
      const isBelieved =
        !isThere(created.problem) && (!isCreateUnknown || (turn.isLast && !isBlind(taskRow)));
      if (isBelieved) return endTask(taskRow, refused(created.problem), services);
      if (isThere(created.problem)) {
        // Once it has ended, a create that is repeated would move the source again.
        const noted = {
          ...taskRow,
          services: [sharePointService({ status: existing, message: '', errors: [] })],
        };
        await note(noted, noted.services, services);
        return notShown(
          { ...rows, taskRow: noted },
          turn,
          { operation, seconds: 0, problem: created.problem, isAbsent: true },
          services,
        );
      }
      await triedAgain(turn, { operation, seconds: 0, problem: created.problem }, services);
      return { kind: 'unknown', seconds: 0 };
    }
  }
}

/** The run before has left open whether there is a task. */
function isUnclear({ outcome, outcomeBefore, jobId }: SharePointTaskRow): boolean {
  return outcome === 'unknown' || (outcomeBefore === 'unknown' && jobId === null);
}

async function notShown(
  rows: Rows,
  turn: Turn,
  missed: {
    readonly operation: string;
    readonly seconds: number;
    readonly problem: GraphProblem;
    readonly isAbsent: boolean;
  },
  services: ActivityServices,
): Promise<Result> {
  const unseen = await saveUnseen(rows, turn, turn.sight, missed, services);
  return unseen.kind === 'ended'
    ? unseen
    : {
        kind: 'notSeen',
        sight: unseen.sight,
        seconds: unseen.seconds,
        throttled: unseen.throttled,
        commands: unseen.commands,
      };
}

/** Ends a task that may have been created and that Graph offers no look-up for: its outcome is `unknown`, and nothing can be seen of it later. */
async function recordUnclear(
  rows: Rows,
  problem: GraphProblem,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  const { taskRow } = rows;
  if (taskRow.outcome === null)
    await saveUnknown(
      rows,
      taskRow.updatedAt,
      'OutOfSight',
      { problem, remark: unclearText },
      services,
    );
  // Nobody looks for it: it would keep its place from others for ever.
  return leaveQueue({ ...taskRow, outcome: 'unknown' }, services);
}

const unclearText =
  'the task may have been created, and Graph offers no look-up by an object id: look at the move in the source tenant before it is sent again, and name the user by principal name';

const noProblem: GraphProblem = {
  httpStatus: 0,
  code: '',
  codes: [],
  message: '',
  requestId: null,
  clientRequestId: null,
};

/** No move is over so soon: as long a create that cannot be looked up may be repeated, because Graph then answers with the task that is there. */
const blindMs = 60_000;

/** The source can be looked up again: what the rows say of that is over. */
async function clearOutOfSight(
  taskRow: SharePointTaskRow,
  services: ActivityServices,
): Promise<void> {
  await note(taskRow, [sharePointService({ status: creating, message: '', errors: [] })], services);
  await saveSeen(taskRow, services);
}

async function note(
  taskRow: SharePointTaskRow,
  services: SharePointTaskRow['services'],
  activity: ActivityServices,
): Promise<void> {
  await saveTaskRow(
    { ...taskRow, services, updatedAt: new Date(activity.nowMs()).toISOString() },
    activity,
  );
}
