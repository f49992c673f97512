import type { z } from 'zod';
import {
  createMoveInputSchema,
  type createMoveResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import { isSettled, outOfSightSince } from '../../shared/domain/sight.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { ActivityServices } from '../activityServices.ts';
import { isFrozen } from '../commands/freeze.ts';
import { isQueueFull, isThere, throttleSeconds } from '../refusals.ts';
import {
  endMove,
  leaveQueue,
  type Move,
  refused,
  saveMove,
  sharePointOf,
  sharePointService,
  storedMove,
} from './endTask.ts';
import { isBlind, lookUpMove, parametersToSend, takeOverMove } from './lookUpTask.ts';
import { backToQueue } from './quota.ts';
import { beginTurn, endDelay, isHopeless, triedAgain } from './taskTurn.ts';
import { keepSeen, keepUnknown, keepUnseen } from './unseenTask.ts';

type Result = z.infer<typeof createMoveResultSchema>;
type Turn = z.infer<typeof createMoveInputSchema>;
interface Rows {
  readonly move: Move;
  readonly batch: Batch;
}

/** The status of a task whose create is on its way: our word, which no answer of Graph has. */
export const creating = 'creating';

/** The status of a task that Graph has said to have and not shown yet: our word as well. */
const existing = 'existing';

/** True for a task that may have been created, by a host that died while it created or by a create that nobody has heard the end of. */
export function mayExist({ services }: Move): boolean {
  return services.some(({ status }) => status === creating || status === existing);
}

const operation = 'create SharePoint task';

/**
 * Graph: create a SharePoint task, once. Looks first, because an earlier try may have got through: a task of the source that
 * was not there before is ours.
 */
export async function createMove(input: unknown, services: ActivityServices): Promise<Result> {
  const turn = createMoveInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { move } = rows;
  if (isSettled(move)) return leaveQueue(move, services);
  // This very activity was run before, and nobody has heard what it came to.
  if (move.jobId !== null && move.outcome === null && move.outcomeBefore === null)
    return { kind: 'created', graphTaskId: move.jobId };
  const isNoted = mayExist(move);
  const doubtful = turn.doubtful || isNoted || isUnclear(move);
  const look = await lookUpMove(move, services);
  if (look.kind === 'refused' && !doubtful && isHopeless(turn, services))
    return endMove(move, refused(look.problem), services);
  if (look.kind === 'refused' && !doubtful)
    return (
      (await backToQueue(turn, look.seconds, services)) ??
      triedAgain(turn, { operation: 'look up SharePoint task', ...look }, services)
    );
  if (look.kind === 'refused')
    return notShown(
      rows,
      turn,
      { operation: 'look up SharePoint task', isAbsent: false, ...look },
      services,
    );
  if (look.kind === 'seen' && look.value.id !== turn.beforeId) {
    await endDelay(turn, turn.delayedSinceMs ?? turn.sight.unseenSinceMs, services);
    return takeOverMove(rows, look.value, 'create', services);
  }
  // Graph may have forgotten it by now: that it is not there is no reason to move it once more.
  const isThereUnseen = move.services.some(({ status }) => status === existing);
  if (look.kind === 'absent' && (move.outcome === 'unknown' || isThereUnseen))
    return notShown(
      rows,
      turn,
      { operation: 'look up SharePoint task', seconds: 0, isAbsent: isThereUnseen, ...look },
      services,
    );
  if (outOfSightSince(move) !== undefined) await keepLooked(move, services);
  // As long as nothing can have been created, whoever asks for something now is still in time: it is heard in the queue.
  const queued = doubtful ? undefined : await backToQueue(turn, 0, services);
  if (queued !== undefined) return queued;
  // An earlier try has given the place back, and nobody has heard of it.
  if (!doubtful && !(await hasPlace(move, services)))
    return { kind: 'full', seconds: 0, commands: true, isHeld: false };
  // A create that is repeated when the first has come to its end would move the source again.
  const isYoung =
    isNoted && !isUnclear(move) && services.nowMs() - Date.parse(move.updatedAt) <= blindMs;
  if (doubtful && isBlind(move) && !isYoung) {
    return leftUnclear(rows, look.kind === 'absent' ? look.problem : noProblem, services);
  }
  // An earlier try may have got through, and Graph does not show it: nothing is sent again during a freeze.
  if (doubtful && (await isFrozen(services))) return heldInDoubt(move, turn, isNoted, services);
  if (!isNoted)
    await note(move, [sharePointService({ status: creating, message: '', errors: [] })], services);
  return sent(rows, turn, { doubtful }, services);
}

/** Waits for Graph to show what an earlier try may have created. What it has not shown by the last look is not there: the task waits in the queue, where it hears commands. */
async function heldInDoubt(
  move: Move,
  turn: Turn,
  isNoted: boolean,
  services: ActivityServices,
): Promise<Result> {
  if (!turn.isLast) return { kind: 'frozen' };
  const { migrationId, batchId, taskId } = move;
  if (isNoted) await note(move, [], services);
  await services.stores.slots.release({ migrationId, batchId, taskId });
  await endDelay(turn, turn.delayedSinceMs, services);
  return { kind: 'full', seconds: 0, commands: false, isHeld: true };
}

async function hasPlace(
  { migrationId, batchId, taskId }: Move,
  { stores }: ActivityServices,
): Promise<boolean> {
  return ((await stores.slots.find({ migrationId, batchId, taskId })) ?? 0) > 0;
}

async function sent(
  rows: Rows,
  turn: Turn,
  { doubtful }: { readonly doubtful: boolean },
  services: ActivityServices,
): Promise<Result> {
  const { move } = rows;
  const { stores } = services;
  const { migrationId, batchId, taskId } = move;
  const parameters = await parametersToSend(move, services);
  // Another run of this activity may have created it meanwhile: this instance may have stood still.
  const { jobId } = await storedMove(stores, move);
  if (jobId !== null && jobId !== move.jobId) return { kind: 'created', graphTaskId: jobId };
  const created = await sharePointOf(services).createTask(parameters);
  // Nothing was created this time, nor before.
  if (
    !doubtful &&
    created.kind !== 'done' &&
    (created.kind === 'retryAfter' || isQueueFull(created.problem))
  )
    await note(move, move.services, services);
  if (created.kind !== 'done' && isQueueFull(created.problem)) {
    const seconds = 'seconds' in created ? created.seconds : 0;
    const again = await triedAgain(
      turn,
      { operation, seconds: Math.max(5 * throttleSeconds, seconds), problem: created.problem },
      services,
    );
    if (doubtful) return again;
    await stores.slots.release({ migrationId, batchId, taskId });
    return { kind: 'full', seconds, commands: false, isHeld: false };
  }
  switch (created.kind) {
    case 'done':
      await endDelay(turn, turn.delayedSinceMs, services);
      return created.value.id === null
        ? { kind: 'doubtful', seconds: 0 }
        : takeOverMove(rows, created.value, 'create', services);
    case 'retryAfter':
      return triedAgain(turn, { operation, ...created }, services);
    case 'doubtful':
    case 'conflict':
      await triedAgain(turn, { operation, seconds: 0, problem: created.problem }, services);
      return { kind: 'doubtful', seconds: 'seconds' in created ? created.seconds : 0 };
    default: {
      // It may be refused because an earlier try, or an earlier run, got through.
      if (isBlind(move) && isThere(created.problem))
        return leftUnclear(rows, created.problem, services);
      // Graph says that there is one: it may be ours, from a second run of this activity at the same time.
      const isBelieved =
        !isThere(created.problem) && (!doubtful || (turn.isLast && !isBlind(move)));
      if (isBelieved) return endMove(move, refused(created.problem), services);
      if (isThere(created.problem)) {
        // Once it has ended, a create that is repeated would move the source again.
        const noted = {
          ...move,
          services: [sharePointService({ status: existing, message: '', errors: [] })],
        };
        await note(noted, noted.services, services);
        return notShown(
          { ...rows, move: noted },
          turn,
          { operation, seconds: 0, problem: created.problem, isAbsent: true },
          services,
        );
      }
      await triedAgain(turn, { operation, seconds: 0, problem: created.problem }, services);
      return { kind: 'doubtful', seconds: 0 };
    }
  }
}

/** The run before has left open whether there is a task. */
function isUnclear({ outcome, outcomeBefore, jobId }: Move): boolean {
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
  const unseen = await keepUnseen(rows, turn, turn.sight, missed, services);
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
async function leftUnclear(
  rows: Rows,
  problem: GraphProblem,
  services: ActivityServices,
): Promise<{ readonly kind: 'ended' }> {
  const { move } = rows;
  if (move.outcome === null)
    await keepUnknown(
      rows,
      move.updatedAt,
      'OutOfSight',
      { problem, remark: unclearText },
      services,
    );
  // Nobody looks for it: it would keep its place from others for ever.
  return leaveQueue({ ...move, outcome: 'unknown' }, services);
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
async function keepLooked(move: Move, services: ActivityServices): Promise<void> {
  await note(move, [sharePointService({ status: creating, message: '', errors: [] })], services);
  await keepSeen(move, services);
}

async function note(
  move: Move,
  services: Move['services'],
  activity: ActivityServices,
): Promise<void> {
  await saveMove(
    { ...move, services, updatedAt: new Date(activity.nowMs()).toISOString() },
    activity,
  );
}
