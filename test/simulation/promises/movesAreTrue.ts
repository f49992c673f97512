import type { TaskRecord } from '../../../local/graph-emulator/index.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import { sourceOf } from '../../../shared/domain/sharePoint.ts';
import { batchKeyOf, type Call, taskKeyOf } from '../ledger.ts';
import type { Evidence, Promised } from './evidence.ts';
import { isElsewhere } from './outcomesAreTrue.ts';
import { isAbsentBy, isRefusedWrite } from './sightings.ts';

/**
 * Every SharePoint task has one outcome, and it is what became of it in the emulator's own record; and none holds a place in
 * the queue any more. A task that was not created has failed only where Graph has refused a write.
 */
export const movesAreTrue: Promised = function* (evidence) {
  for (const { tasks } of evidence.stored) {
    for (const task of tasks) {
      if (task.parameters === null) continue;
      if (task.outcome === null) yield `${moveName(task)} has no outcome`;
      else yield* outcomeIsTrue(evidence, task, callsOfMove(evidence, task));
    }
  }
  for (const held of evidence.heldSlots) yield `a place in the queue is held for ever by ${held}`;
};

function* outcomeIsTrue(evidence: Evidence, task: Task, calls: readonly Call[]): Generator<string> {
  const { moves, endMs } = evidence;
  // What the identity mappings of the request were refused for holds for all of its tasks.
  const ofMappings = evidence.callsOf.get(batchKeyOf(task.migrationId, '')) ?? [];
  const refused = [...calls, ...ofMappings].some(isRefusedWrite);
  if (task.outcome === 'unknown' || isElsewhere(evidence, task)) return;
  const own = createdBy(evidence, calls);
  const named =
    task.jobId === null
      ? undefined
      : evidence.moves.all().find(({ task: { id } }) => id === task.jobId);
  const last = named ?? own.at(-1);
  const statusOf = (record: TaskRecord): string => moves.stepAt(record, endMs).status;
  const inTruth =
    last === undefined ? 'never created' : `${statusOf(last)} (${last.task.id.slice(0, 8)})`;
  const isLost =
    !wasLeftUnclear(evidence, task) &&
    own.some(
      (record) =>
        record !== last &&
        statusOf(record) === 'completed' &&
        !countsAsGone(calls, record.task.id) &&
        !isOfLateCreate(calls, record.task.id),
    );
  const isTrue = ((): boolean => {
    switch (task.outcome) {
      case 'succeeded':
        return named !== undefined && statusOf(named) === 'completed';
      case 'cancelled':
        // Whoever cancels a retry before there is a task of it leaves the one before as it is.
        return (
          last === undefined ||
          statusOf(last) === 'cancelled' ||
          (task.jobId === null && statusOf(last) === 'failed')
        );
      case 'invalid':
        return (
          (last === undefined || ['failed', 'cancelled'].includes(statusOf(last))) &&
          (calls.some(isBadCheck) || isMovedByOthers(evidence, task))
        );
      case 'validated':
        return (
          last === undefined &&
          calls.some(
            ({ activity, status }) => activity === 'validateSharePointTask' && status === 200,
          )
        );
      default:
        return last === undefined
          ? refused ||
              isTakenByOthers(evidence, task) ||
              isNeverShown(evidence, calls) ||
              isNeverMapped(ofMappings)
          : statusOf(last) === 'failed' || (statusOf(last) === 'cancelled' && refused);
    }
  })();
  if (!isTrue || isLost)
    yield `${moveName(task)} is on record as ${String(task.outcome)}, in truth it was ${inTruth}${isLost ? ', and another of its tasks was completed' : ''}`;
}

/**
 * Graph has refused for thirty days, at every look-up, to say whether the source has a task, and nothing was ever sent. They begin with the wait that Graph asked for in
 * its answer to another call, where that one held the first look-up back.
 */
function isNeverShown({ ledger }: Evidence, calls: readonly Call[]): boolean {
  const lookUps = calls.filter(
    ({ operation, heardSeq, isForgotten }) =>
      operation.startsWith('findSharePointTask') && heardSeq !== null && !isForgotten,
  );
  const lastAnswer = lookUps.findLastIndex(
    ({ status, answered }) => answered === 200 || status === 404,
  );
  const refusals = lookUps.slice(lastAnswer + 1).filter(({ status }) => status >= 400);
  const [first, last] = [refusals[0], refusals.at(-1)];
  if (first === undefined || last === undefined) return false;
  const heldBackBy = ledger.calls.find(
    ({ tenant, heardSeq, notBeforeMs }) =>
      tenant === first.tenant &&
      heardSeq !== null &&
      heardSeq < first.sentSeq &&
      notBeforeMs !== null &&
      first.sentMs - notBeforeMs <= 60_000,
  );
  return last.atMs - (heldBackBy ?? first).atMs >= 30 * 86_400_000;
}

/** Graph has taken an identity mapping, and shown for a day nothing but that it is not there. */
function isNeverMapped(calls: readonly Call[]): boolean {
  const reads = calls.filter(
    ({ operation }) => operation === 'getUserMapping' || operation === 'getGroupMapping',
  );
  const absent = reads.filter(({ status }) => status === 404);
  const [first, last] = [absent[0], absent.at(-1)];
  return first !== undefined && last !== undefined && last.atMs - first.atMs >= 23 * 3_600_000;
}

/** There is a task of the same source that somebody else has created; Graph allows one at a time. */
function isTakenByOthers({ moves, ledger }: Evidence, task: Task): boolean {
  // A retry that nobody approves leaves the outcome of the run before, which had the reason.
  const rows = [
    task,
    ...ledger.taskWrites
      .map(({ after }) => after)
      .filter(
        (after) =>
          after.migrationId === task.migrationId &&
          after.batchId === task.batchId &&
          after.taskId === task.taskId,
      ),
  ];
  const said = rows
    .flatMap(({ services }) => services)
    .flatMap(({ errors }) =>
      errors.filter(({ code }) => code === 'MnASiteMoveIsInprogressOrFinished'),
    );
  return said.some(({ message }) => moves.all().some(({ task: { id } }) => message.includes(id)));
}

/** A task that somebody else has created has moved the same source to the same place. */
function isMovedByOthers({ moves, endMs }: Evidence, { services }: Task): boolean {
  const said = services.flatMap(({ errors }) =>
    errors.filter(({ code }) => code === 'movedAlready'),
  );
  return said.some(({ message }) =>
    moves
      .all()
      .some(
        (record) =>
          message.includes(record.task.id) && moves.stepAt(record, endMs).status === 'completed',
      ),
  );
}

/**
 * A OneDrive that is named by an object id cannot be looked up: of one whose create was lost the app has said that it does not know, and
 * what to look at before it is sent again. Who sends it again all the same may move it twice.
 */
export function wasLeftUnclear(
  { ledger }: Evidence,
  { migrationId, taskId, parameters }: Task,
): boolean {
  const isBlind = parameters !== null && sourceOf(parameters).kind === 'userId';
  return (
    isBlind &&
    ledger.taskWrites.some(
      ({ after }) =>
        after.migrationId === migrationId && after.taskId === taskId && after.outcome === 'unknown',
    )
  );
}

/**
 * A create that an instance sent after it had stood still or died, or that was on its way when another execution of the same activity
 * was answered. A tenant may take it as a second task.
 */
export function wasSentLate(calls: readonly Call[], create: Call): boolean {
  return (
    create.isLate ||
    calls.some(
      ({ graphTask, heardSeq, seq }) =>
        graphTask?.kind === 'created' &&
        seq < create.seq &&
        heardSeq !== null &&
        create.sentSeq < heardSeq,
    )
  );
}

/** True for the task of a create that was sent late. */
export function isOfLateCreate(calls: readonly Call[], graphTaskId: string): boolean {
  const create = calls.find(
    ({ graphTask }) => graphTask?.kind === 'created' && graphTask.id === graphTaskId,
  );
  return create !== undefined && wasSentLate(calls, create);
}

/**
 * A task was created after Graph had answered for a day, by its id and by its source, that there is none of the one before: that one counts as gone,
 * and whoever asks for a retry then has it created again.
 */
export function countsAsGone(calls: readonly Call[], graphTaskId: string): boolean {
  const creations = calls.filter(({ graphTask }) => graphTask?.kind === 'created');
  const index = creations.findIndex(({ graphTask }) => graphTask?.id === graphTaskId);
  const [created, next] = [creations[index], creations[index + 1]];
  if (created === undefined || next === undefined) return false;
  if (created.isLate || wasSentLate(calls, next)) return true;
  // A task whose create was lost has no id that could be asked for.
  const isLost = created.status === 0 || created.status >= 500 || created.isForgotten;
  return isAbsentBy(
    calls.filter(({ seq }) => seq > created.seq && seq < next.seq),
    next.atMs,
    isLost ? 1 : 2,
  );
}

/** A check before the create that Graph did not answer with yes. */
function isBadCheck({ activity, status, shown, operation }: Call): boolean {
  return (
    activity === 'validateSharePointTask' &&
    (status >= 400 ||
      shown === 'failed' ||
      operation === 'getUserMapping' ||
      operation === 'getGroupMapping')
  );
}

/** The calls that were made for a SharePoint task of the app. */
export function callsOfMove(
  { callsOf }: Evidence,
  { migrationId, batchId, taskId }: Pick<Task, 'migrationId' | 'batchId' | 'taskId'>,
): readonly Call[] {
  const batchKey = batchKeyOf(migrationId, batchId);
  return (callsOf.get(batchKey) ?? []).filter(
    ({ taskKey }) => taskKey === taskKeyOf(batchKey, taskId),
  );
}

/** The tasks that Graph has created for these calls, oldest first. */
export function createdBy({ moves }: Evidence, calls: readonly Call[]): readonly TaskRecord[] {
  const ids = calls.flatMap(({ graphTask }) =>
    graphTask?.kind === 'created' ? [graphTask.id] : [],
  );
  return ids.flatMap((id) => moves.all().filter(({ task }) => task.id === id));
}

export function moveName({ migrationId, batchId, taskId, source }: Task): string {
  return `task ${taskId.slice(0, 8)} (${source ?? ''}) of ${migrationId} ${batchId}`;
}
