import type { Sight } from '../contracts/internal/batch.ts';
import type { Task } from '../contracts/task.ts';
import { pollingPolicy, sharePointPolicy } from './policies.ts';
import { hasFinalOutcome } from './polling.ts';

/** What is done in each state of the creation of a SharePoint task, for documents. */
export const creationStates = {
  earlier: 'reads the task of an earlier run by its id',
  unsent: 'looks up the source before the first create',
  cleared: 'looks up the source after a create without effect',
  missing: 'looks up the source, because the earlier task is not found',
  sent: 'looks up the source after a create that may have taken effect',
  reported: 'looks up the task of the source that Graph has reported',
  unknown: 'looks up the source of a task with the outcome unknown',
  ready: 'checks for commands, a pause, a freeze and the quota',
  readyAgain: 'checks for a freeze',
  refused: 'checks for commands, a pause and a freeze',
  creating: 'notes and sends the create',
  creatingAgain: 'notes and repeats the create',
  queued: 'waits for quota and handles commands',
  created: 'watches the task',
  ended: 'has its outcome',
} as const;
type CreationState = keyof typeof creationStates;

/** The states in which the source is looked up. */
export type LookUpState = 'unsent' | 'cleared' | 'missing' | 'sent' | 'reported' | 'unknown';
/** What the row of a task says about its creation: the state in which a try begins. */
export type RowState = 'earlier' | 'created' | 'ended' | Exclude<LookUpState, 'missing'>;
export type ClearanceState = 'ready' | 'readyAgain' | 'refused';
/** A create was sent: the first one, or one more after a create that may have taken effect. */
type ResponseState = 'creating' | 'creatingAgain';

/** What the read of an `earlier` task by its id has shown. */
export type EarlierEvent = 'refused' | 'absent' | 'running' | 'completed' | 'over';
/**
 * What a look-up of the source has shown. `moved`: a task that has moved it to the same target.
 * `over`: another task that has ended. Of the absences, a create may follow `absent` and
 * `believed`; `unproven` is not enough; `blind` proves nothing, because Graph offers no look-up.
 */
export type LookUpEvent =
  'refused' | 'refusedForLong' | 'running' | 'moved' | 'over' | AbsenceEvent | 'blind';
type AbsenceEvent = 'absent' | 'unproven' | 'believed';
/** What speaks against a create now. */
export type ClearanceEvent = 'clear' | 'command' | 'paused' | 'frozen' | 'noQuota';
/** Graph's response to a create. `unclear`: it may have taken effect. */
export type ResponseEvent =
  | 'created'
  | 'postponed'
  | 'queueFull'
  | 'sourceHasTask'
  | 'blindSourceHasTask'
  | 'rejected'
  | 'unclear';

/** The next step, and the state that it leads to. */
export type CreationStep =
  | { readonly kind: 'lookUp'; readonly to: LookUpState }
  | { readonly kind: 'readClearance'; readonly to: ClearanceState }
  /** Notes in the row that a create is under way, then sends it. */
  | { readonly kind: 'create'; readonly to: ResponseState }
  | { readonly kind: 'adopt'; readonly isOwn: boolean; readonly to: 'created' }
  /** Returns to the queue, where commands are handled. */
  | { readonly kind: 'queue'; readonly to: 'queued' }
  /** Tries again later, at least `seconds` from now. */
  | { readonly kind: 'retry'; readonly seconds: number; readonly to: RowState }
  /** The same, and the rows show that Graph does not show a task that it may have. */
  | { readonly kind: 'search'; readonly isAbsent: boolean; readonly to: RowState | 'missing' }
  | { readonly kind: 'end'; readonly as: End; readonly to: 'ended' };
/** `refused`: failed. `moved`: Graph has moved the source before. `unclear`: unknown, for good. */
type End = 'refused' | 'moved' | 'succeeded' | 'unclear';

const adopt = (isOwn: boolean): CreationStep => ({ kind: 'adopt', isOwn, to: 'created' });
const readClearance = (to: ClearanceState): CreationStep => ({ kind: 'readClearance', to });
const end = (as: End): CreationStep => ({ kind: 'end', as, to: 'ended' });
const search = (to: RowState | 'missing', isAbsent: boolean): CreationStep => ({
  kind: 'search',
  isAbsent,
  to,
});
const retry = (to: RowState, seconds = 0): CreationStep => ({ kind: 'retry', seconds, to });
const queue: CreationStep = { kind: 'queue', to: 'queued' };
const seen = (step: CreationStep) => ({ running: step, moved: step, over: step });
const notSeen = (step: CreationStep) => ({ absent: step, unproven: step, believed: step });
const refused = (step: CreationStep) => ({ refused: step, refusedForLong: step });

const { fullQueueSeconds, unclearCreateSeconds } = sharePointPolicy;

/** The steps after the read of an `earlier` task by its id. */
export const afterEarlier: Readonly<Record<EarlierEvent, CreationStep>> = {
  refused: search('earlier', false),
  absent: { kind: 'lookUp', to: 'missing' },
  running: adopt(false),
  completed: end('succeeded'),
  over: { kind: 'lookUp', to: 'unsent' },
};

/** Nothing was sent in this run, or Graph has created nothing. */
const nothingSent = {
  refused: readClearance('refused'),
  refusedForLong: end('refused'),
  ...notSeen(readClearance('ready')),
  blind: readClearance('ready'),
};

/** The steps after a look-up of the source. */
export const afterLookUp: Readonly<
  Record<LookUpState, Readonly<Record<LookUpEvent, CreationStep>>>
> = {
  unsent: {
    ...nothingSent,
    running: adopt(false),
    moved: end('moved'),
    over: readClearance('ready'),
  },
  cleared: { ...nothingSent, ...seen(adopt(true)) },
  missing: {
    ...refused(search('missing', false)),
    running: adopt(false),
    moved: end('moved'),
    over: readClearance('ready'),
    absent: search('missing', true),
    unproven: search('missing', true),
    believed: readClearance('ready'),
    blind: search('missing', true),
  },
  sent: {
    ...refused(search('sent', false)),
    ...seen(adopt(true)),
    absent: readClearance('readyAgain'),
    unproven: search('sent', true),
    believed: readClearance('ready'),
    blind: end('unclear'),
  },
  // Graph may have deleted the task by now. Its absence is no reason to move the source again.
  reported: {
    ...refused(search('reported', false)),
    ...seen(adopt(true)),
    ...notSeen(search('reported', true)),
    blind: end('unclear'),
  },
  unknown: {
    ...refused(search('unknown', false)),
    ...seen(adopt(true)),
    ...notSeen(search('unknown', true)),
    blind: end('unclear'),
  },
};

const create = (to: ResponseState): CreationStep => ({ kind: 'create', to });

/** The steps after the read of what may speak against a create. */
export const afterClearance: Readonly<
  Record<ClearanceState, Readonly<Record<ClearanceEvent, CreationStep>>>
> = {
  ready: {
    clear: create('creating'),
    command: queue,
    paused: queue,
    frozen: queue,
    noQuota: queue,
  },
  // A create that is repeated shows the task that the first one may have created.
  readyAgain: {
    clear: create('creatingAgain'),
    command: create('creatingAgain'),
    paused: create('creatingAgain'),
    frozen: search('sent', true),
    noQuota: create('creatingAgain'),
  },
  // Or to `cleared`, if the row says so.
  refused: {
    clear: retry('unsent'),
    command: queue,
    paused: queue,
    frozen: queue,
    noQuota: retry('unsent'),
  },
};

/** The steps after Graph's response to a create. */
export const afterResponse: Readonly<
  Record<ResponseState, Readonly<Record<ResponseEvent, CreationStep>>>
> = {
  creating: {
    created: adopt(true),
    postponed: retry('cleared'),
    queueFull: queue,
    sourceHasTask: search('reported', true),
    blindSourceHasTask: end('unclear'),
    rejected: end('refused'),
    unclear: retry('sent', unclearCreateSeconds),
  },
  creatingAgain: {
    created: adopt(true),
    postponed: retry('sent'),
    queueFull: retry('sent', fullQueueSeconds),
    sourceHasTask: search('reported', true),
    blindSourceHasTask: end('unclear'),
    rejected: retry('sent', unclearCreateSeconds),
    unclear: retry('sent', unclearCreateSeconds),
  },
};

/** All transitions of the creation of a task, for documents and tests. */
export const creationTransitions: readonly {
  readonly from: string;
  readonly on: string;
  readonly to: CreationState;
  readonly step: CreationStep;
}[] = Object.entries({
  earlier: afterEarlier,
  ...afterLookUp,
  ...afterClearance,
  ...afterResponse,
}).flatMap(([from, steps]) =>
  Object.entries(steps).map(([on, step]) => ({ from, on, to: step.to, step })),
);

/** Returns what the row of a task says about its creation. */
export function creationStateOf(
  task: Pick<Task, 'outcome' | 'outcomeBefore' | 'jobId' | 'creation'>,
): RowState {
  const { outcome, outcomeBefore, jobId, creation } = task;
  if (hasFinalOutcome(task)) return 'ended';
  if (jobId !== null && outcomeBefore === null) return 'created';
  if (outcome === 'unknown') return 'unknown';
  if (creation !== null)
    // A retry asks to create what an earlier run has searched for in vain.
    return creation.state === 'reported' && outcomeBefore === 'unknown' ? 'sent' : creation.state;
  if (outcomeBefore !== 'unknown') return 'unsent';
  return jobId === null ? 'sent' : 'earlier';
}

/** Returns true if Graph may have a task that this row does not have the id of. */
export function mayHaveTask(task: Parameters<typeof creationStateOf>[0]): boolean {
  return ['sent', 'reported', 'unknown'].includes(creationStateOf(task));
}

const { surelyRunningMs, surelyRunningBlindMs, consecutiveMs } = sharePointPolicy;

/**
 * Returns what the absence of a task means, of which a look-up has just said that it is not there.
 * One 404 proves little. It is enough for a create while the task that the last create may have
 * created must still be running, or if every look-up since that create has said the same. Otherwise
 * Graph must respond with nothing but 404 for a day.
 */
export function absenceOf({
  sentAtMs,
  sight: { absentSinceMs },
  lookedUpAtMs,
  nowMs,
}: {
  /** When the last create that may have taken effect was sent, or null if that is not known. */
  readonly sentAtMs: number | null;
  readonly sight: Sight;
  /** When the look-up before this one has said the same, or null if it did not. */
  readonly lookedUpAtMs: number | null;
  readonly nowMs: number;
}): AbsenceEvent {
  if (
    absentSinceMs !== null &&
    nowMs - Math.max(absentSinceMs, sentAtMs ?? 0) >= pollingPolicy.goneAfterMs
  )
    return 'believed';
  if (sentAtMs === null) return 'unproven';
  if (nowMs - sentAtMs <= surelyRunningMs) return 'absent';
  const isConsecutive =
    absentSinceMs !== null &&
    absentSinceMs <= sentAtMs + surelyRunningMs &&
    lookedUpAtMs !== null &&
    nowMs - lookedUpAtMs <= consecutiveMs;
  return isConsecutive ? 'absent' : 'unproven';
}

/** The same for a source that Graph offers no look-up for. */
export function blindAbsenceOf(sentAtMs: number | null, nowMs: number): 'absent' | 'blind' {
  return sentAtMs !== null && nowMs - sentAtMs <= surelyRunningBlindMs ? 'absent' : 'blind';
}

/** Returns what speaks against a create now. A command comes first: the queue handles it. */
export function clearanceEventOf(known: {
  readonly hasCommand: boolean;
  readonly isPaused: boolean;
  readonly isFrozen: boolean;
  readonly hasQuota: boolean;
}): ClearanceEvent {
  if (known.hasCommand) return 'command';
  if (known.isFrozen) return 'frozen';
  if (known.isPaused) return 'paused';
  return known.hasQuota ? 'clear' : 'noQuota';
}
