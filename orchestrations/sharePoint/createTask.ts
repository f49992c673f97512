import type { z } from 'zod';
import { inSight, type Sight } from '../../shared/contracts/internal/batch.ts';
import {
  createSharePointTaskInputSchema,
  type createSharePointTaskResultSchema,
} from '../../shared/contracts/internal/sharePoint.ts';
import {
  afterClearance,
  afterEarlier,
  afterLookUp,
  afterResponse,
  creationStateOf,
  type CreationStep,
  type LookUpState,
} from '../../shared/domain/sharePointCreation.ts';
import type { SharePointTask } from '../../shared/graph/sharePointTasks.ts';
import type { ActivityServices } from '../activityServices.ts';
import {
  adoptTask,
  endMoved,
  endSucceeded,
  noteCreate,
  noteReported,
  recordUnclear,
  withdrawNote,
} from './adoptTask.ts';
import {
  type CreationTry,
  earlierEventOf,
  lookUpEventOf,
  lookUpTask,
  parametersToSend,
  readClearance,
  readTask,
  type Response,
  responseEventOf,
  responseOf,
} from './lookUpTask.ts';
import { endTask, leaveQueue, refused, sharePointClient, storedTaskRow } from './taskRow.ts';
import { beginTurn, endDelay, retryLater } from './taskTurn.ts';
import { saveUnseen } from './unseenTask.ts';

type Result = z.input<typeof createSharePointTaskResultSchema>;

/**
 * Creates a SharePoint task, once (Graph: create). Gathers what is known and executes the steps
 * that follow from it; `shared/domain/sharePointCreation.ts` has the table of steps.
 */
export async function createSharePointTask(
  input: unknown,
  services: ActivityServices,
): Promise<Result> {
  const turn = createSharePointTaskInputSchema.parse(input);
  const rows = await beginTurn(turn, services);
  if (rows === undefined) return { kind: 'ended' };
  const { taskRow } = rows;
  const { jobId } = taskRow;
  const own = { turn, rows, services };
  const state = creationStateOf(taskRow);
  if (state === 'ended') return leaveQueue(taskRow, services);
  if (state !== 'created' && state !== 'earlier') return lookUp(state, own);
  if (jobId === null) throw new Error(`${turn.migrationId} ${turn.taskId} has no id of a task`);
  // This activity ran before, and its result did not arrive.
  if (state === 'created') return { kind: 'created', graphTaskId: jobId };
  const read = await readTask(jobId, services);
  const step = afterEarlier[earlierEventOf(read)];
  return step.kind === 'lookUp'
    ? lookUp(step.to, own)
    : execute(step, responseOf('get SharePoint task', read), own);
}

async function lookUp(state: LookUpState, own: CreationTry): Promise<Result> {
  const { turn, rows, services } = own;
  const read = await lookUpTask(rows.taskRow, services);
  const looked = responseOf('look up SharePoint task', read);
  const step = afterLookUp[state][await lookUpEventOf(read, state, own)];
  if (step.kind !== 'readClearance') return execute(step, looked, own);
  const clearance = await readClearance(step.to, own);
  const cleared = afterClearance[step.to][clearance];
  if (cleared.kind === 'create')
    return create(
      cleared.to === 'creating',
      read.kind === 'seen' ? read.value.id : (rows.taskRow.creation?.previousTaskId ?? null),
      own,
    );
  // An absence that was believed counts as well after the task has returned to the queue.
  if (cleared.kind === 'queue' && (state === 'sent' || state === 'missing'))
    await withdrawNote(rows.taskRow, rows.taskRow, true, services);
  if (cleared.kind !== 'queue') return execute(cleared, looked, own);
  if (clearance === 'paused' || clearance === 'frozen')
    await endDelay(turn, turn.delayedSinceMs, services);
  return {
    ...(await toQueue(own)),
    seconds: looked.askedSeconds,
    // An earlier try released the quota, and its result did not arrive.
    commands: clearance === 'command' || clearance === 'noQuota',
    isHeld: clearance === 'paused' || clearance === 'frozen',
    isRefused: looked.isRefused,
  };
}

/** Notes that a create is under way, sends it, and notes what Graph says. */
async function create(
  isFirst: boolean,
  previousTaskId: string | null,
  own: CreationTry,
): Promise<Result> {
  const { turn, rows, services } = own;
  const { taskRow } = rows;
  const note = await noteCreate(taskRow, previousTaskId, services);
  const parameters = await parametersToSend(taskRow, services);
  // A stalled instance may run this late, after another run of the activity created the task.
  const noted = await storedTaskRow(services.stores, taskRow);
  if (noted.jobId !== null) return { kind: 'created', graphTaskId: noted.jobId };
  const result = await sharePointClient(services).createTask(parameters);
  const event = responseEventOf(result, taskRow);
  const step = afterResponse[isFirst ? 'creating' : 'creatingAgain'][event];
  const response = responseOf('create SharePoint task', result);
  if (step.kind === 'end' || step.kind === 'adopt')
    return execute(step, response, { ...own, rows: { ...rows, taskRow: noted } });
  // The absence of the task counts from its last create on.
  const absentSinceMs = turn.sight.absentSinceMs ?? services.nowMs();
  const sight: Sight = isFirst
    ? inSight
    : { ...turn.sight, unseenSinceMs: turn.sight.unseenSinceMs ?? absentSinceMs, absentSinceMs };
  if (event === 'sourceHasTask') {
    const reported = await noteReported(noted, note, services);
    return execute(step, response, {
      ...own,
      turn: { ...turn, sight: inSight },
      rows: { ...rows, taskRow: reported },
    });
  }
  if (event !== 'unclear') await withdrawNote(taskRow, noted, isFirst, services);
  if (step.kind === 'queue') {
    await retryLater(
      turn,
      { operation: response.operation, seconds: 0, problem: response.problem },
      services,
    );
    return { ...(await toQueue(own)), seconds: response.askedSeconds };
  }
  return execute(step, response, { ...own, turn: { ...turn, sight } });
}

async function execute(
  step: CreationStep,
  { operation, found, problem, askedSeconds, isRefused }: Response,
  { turn, rows, services }: CreationTry,
): Promise<Result> {
  const { taskRow } = rows;
  switch (step.kind) {
    case 'adopt':
      await endDelay(turn, turn.delayedSinceMs, services);
      await endDelay(turn, turn.sight.unseenSinceMs, services);
      return adoptTask(rows, foundTask(found), step.isOwn ? 'create' : 'adopt', services);
    case 'retry': {
      const seconds = Math.max(step.seconds, askedSeconds);
      await retryLater(turn, { operation, seconds, problem }, services);
      return { kind: 'retryAfter', seconds, isRefused, sight: isRefused ? inSight : turn.sight };
    }
    case 'search': {
      const unseen = await saveUnseen(
        rows,
        turn,
        turn.sight,
        { operation, seconds: askedSeconds, problem, isAbsent: step.isAbsent },
        services,
      );
      if (unseen.kind === 'ended') return unseen;
      const { sight, seconds, throttled, commands } = unseen;
      return { kind: 'notSeen', sight, seconds, throttled, commands };
    }
    case 'end':
      await endDelay(turn, turn.delayedSinceMs, services);
      switch (step.as) {
        case 'refused':
          return endTask(taskRow, refused(problem), services);
        case 'unclear':
          return recordUnclear(rows, problem, services);
        case 'moved':
          return endMoved(rows, foundTask(found), services);
        case 'succeeded':
          return endSucceeded(taskRow, foundTask(found), services);
      }
    default:
      throw new Error(`the creation of a task cannot ${step.kind} here`);
  }
}

function foundTask(found: SharePointTask | undefined): SharePointTask {
  if (found === undefined) throw new Error('Graph has shown no task');
  return found;
}

async function toQueue({
  turn: { migrationId, batchId, taskId },
  services,
}: CreationTry): Promise<{ readonly kind: 'full' }> {
  await services.stores.quota.release({ migrationId, batchId, taskId });
  return { kind: 'full' };
}
