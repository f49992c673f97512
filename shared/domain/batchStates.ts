import type { Batch } from '../contracts/migration.ts';
import { accepts, isMigrating, isUnderWay, isValidating } from './lifecycle.ts';

/**
 * The chain of a batch of users as a table: what the batch does in each state, and for each event
 * that can follow, the next state. `ended` is the end of the run. A verdict (`StepFailure`) ends
 * the run from any state.
 */
export const batchStates = {
  // Create job → validate → watch → checkpoint → migrate → watch → record outcomes.
  start: {
    does: 'reads where the run stands',
    on: {
      finished: 'ended',
      previousJob: 'clearPrevious',
      job: 'validate',
      jobUnknown: 'findJob',
      noJob: 'clearCreate',
    },
  },
  clearCreate: {
    does: 'waits until it may create a job',
    on: { cleared: 'create', stopped: 'ended' },
  },
  create: {
    does: 'creates a job',
    on: { created: 'validate', noUsers: 'ended', stopped: 'ended' },
  },
  validate: {
    does: 'sends validate',
    on: { sent: 'watchValidation' },
  },
  watchValidation: {
    does: 'watches the validation',
    on: {
      validated: 'recordValidation',
      onlyValidated: 'recordValidateOnly',
      unwanted: 'cancelUnwanted',
      selfStarted: 'clearSelfStarted',
      over: 'watchEnd',
    },
  },
  recordValidation: {
    does: 'records the invalid users',
    on: { valid: 'clearMigrate', invalid: 'replaceJob', held: 'hold' },
  },
  clearMigrate: {
    does: 'waits until it may migrate',
    on: { cleared: 'migrate', stopped: 'cancelStopped' },
  },
  migrate: {
    does: 'sends migrate',
    on: {
      accepted: 'watchEnd',
      frozen: 'recordValidation',
      validating: 'watchValidation',
      expired: 'renew',
      refused: 'watchEnd',
    },
  },
  watchEnd: {
    does: 'watches the job to its end',
    on: { over: 'recordEnd' },
  },
  recordEnd: {
    does: 'records the outcomes',
    on: { recorded: 'ended' },
  },

  // Users are invalid: the same job again after a decision, or a new job without them.
  hold: {
    does: 'waits for a decision',
    on: {
      revalidate: 'revalidate',
      continueWithout: 'replaceJob',
      newJob: 'replaceJob',
      stopped: 'cancelStopped',
    },
  },
  revalidate: {
    does: 'sends validate again',
    on: { sent: 'watchValidation' },
  },
  replaceJob: {
    does: 'cancels the job',
    on: { cancelled: 'clearCreate', underWay: 'watchEnd' },
  },

  // The validation is older than seven days.
  renew: {
    does: 'sends validate for an expired validation',
    on: { accepted: 'watchValidation', refused: 'replaceJob' },
  },

  // The job migrates by itself, or the batch is stopped.
  clearSelfStarted: {
    does: 'waits until the job may go on',
    on: { cleared: 'watchEnd', stopped: 'cancelStopped' },
  },
  cancelStopped: {
    does: 'cancels the job of a stopped batch',
    on: { cancelled: 'recordEnd', underWay: 'watchEnd' },
  },

  // The request asks for a validation only.
  cancelUnwanted: {
    does: 'cancels a job that migrates by itself',
    on: { cancelled: 'recordValidateOnly', underWay: 'watchEnd' },
  },
  recordValidateOnly: {
    does: 'records the outcomes of the validation',
    on: { recorded: 'cancelValidated' },
  },
  cancelValidated: {
    does: 'cancels the validated job',
    on: { cancelled: 'ended', underWay: 'ended' },
  },

  // The id of the job is not known.
  findJob: {
    does: 'looks the job up by its name',
    on: { previousFound: 'clearPrevious', found: 'validate', notFound: 'clearCreate' },
  },

  // The job of the previous run. A new job follows only when each of its users is accounted for.
  clearPrevious: {
    does: 'waits until it may continue',
    on: { cleared: 'readPrevious', stopped: 'ended' },
  },
  readPrevious: {
    does: 'reads the previous job if outcomes are unknown',
    on: {
      skipped: 'migrateAgain',
      notStarted: 'migrateAgain',
      over: 'recordUnknown',
      underWay: 'watchEnd',
      gone: 'clearCreate',
    },
  },
  recordUnknown: {
    does: 'records the users with unknown outcomes',
    on: { recorded: 'migrateAgain', allRecorded: 'ended' },
  },
  migrateAgain: {
    does: 'starts the same job again if it can migrate the users',
    on: {
      skipped: 'releaseUsers',
      refused: 'releaseUsers',
      frozen: 'clearMigrateAgain',
      accepted: 'watchEnd',
    },
  },
  clearMigrateAgain: {
    does: 'waits until it may migrate',
    on: { cleared: 'migrateAgain', stopped: 'ended' },
  },
  releaseUsers: {
    does: 'cancels the previous job',
    on: { released: 'recordPrevious', gone: 'clearCreate', underWay: 'watchEnd' },
  },
  recordPrevious: {
    does: 'records the outcomes of the previous job',
    on: { recorded: 'clearCreate' },
  },

  // The job is gone, and a retry asks for a new one.
  reopenUsers: {
    does: 'opens the users again',
    on: { reopened: 'clearCreate' },
  },
} as const;

/**
 * The events that can follow in every state. `outOfSight`: Graph has not shown the job until it
 * could no longer cut over, or the job is gone; its users have the outcome `unknown`.
 * `goneForRetry`: the job is gone, and a retry asks for a new one. `notRecorded`: Graph has not
 * reported the users for so long.
 */
export const inEveryState = {
  outOfSight: 'ended',
  goneForRetry: 'reopenUsers',
  notRecorded: 'ended',
} as const;

export type BatchState = keyof typeof batchStates;
/** The events that can follow in a state. */
export type BatchEvent<S extends BatchState> =
  keyof (typeof batchStates)[S]['on'] | keyof typeof inEveryState;

type NextStates = Readonly<Partial<Record<string, BatchState | 'ended'>>>;
const everywhere: NextStates = inEveryState;

/** Returns the state that follows an event. */
export function nextBatchState(state: BatchState, event: string): BatchState | 'ended' {
  const on: NextStates = batchStates[state].on;
  const next = on[event] ?? everywhere[event];
  if (next === undefined) throw new Error(`the state ${state} has no event ${event}`);
  return next;
}

/**
 * Returns what the end of a validation means for the batch. In some tenants a job migrates as soon
 * as it is created: `unwanted` if only a validation was asked for, otherwise `selfStarted`.
 * @param status the status of the job at the end of the watch
 */
export function validationEvent(
  status: string,
  { validateOnly }: { readonly validateOnly: boolean },
): 'validated' | 'onlyValidated' | 'unwanted' | 'selfStarted' | 'over' {
  if (validateOnly) return isUnderWay(status) ? 'unwanted' : 'onlyValidated';
  if (status === 'validatePassed' || status === 'validateFailed') return 'validated';
  return isMigrating(status) && accepts(status, 'cancel') ? 'selfStarted' : 'over';
}

/** Returns what the recorded validation means for the batch. */
export function recordedValidationEvent(
  status: string,
  { hold }: { readonly hold: boolean },
): 'valid' | 'invalid' | 'held' {
  if (status !== 'validateFailed') return 'valid';
  return hold ? 'held' : 'invalid';
}

/**
 * Returns what it means that a job did not accept migrate. `expired`: the validation is older than
 * seven days. `validating`: another Graph server may still show a status from before the validation
 * ended.
 * @param status the status of the job, or `frozen` if a freeze began after the checkpoint
 */
export function refusedMigrateEvent(
  status: string,
): 'frozen' | 'expired' | 'validating' | 'refused' {
  if (status === 'frozen') return 'frozen';
  if (status === 'validatePassed') return 'expired';
  return isValidating(status) ? 'validating' : 'refused';
}

/**
 * Identifies one orchestration of a batch: the run, and how often the run's orchestration was
 * replaced.
 */
interface Owner {
  readonly run: number;
  readonly restarts: number;
}

/**
 * Returns whether no later run or restart has replaced an orchestration. The batch may have ended.
 */
export function isOwner({ run, restarts }: Pick<Batch, 'run' | 'restarts'>, owner: Owner): boolean {
  return run === owner.run && restarts === owner.restarts;
}

/**
 * Returns whether an orchestration currently runs a batch. After the batch has ended or another
 * orchestration has replaced this one, its writes must have no effect.
 */
export function ownsBatch(
  batch: Pick<Batch, 'run' | 'restarts' | 'finishedAt'>,
  owner: Owner,
): boolean {
  return batch.finishedAt === null && isOwner(batch, owner);
}

/** Returns whether the row of a batch shows that its current run has started. */
export function hasStarted({
  phase,
  waiterId,
  restarts,
  finishedAt,
}: Pick<Batch, 'phase' | 'waiterId' | 'restarts' | 'finishedAt'>): boolean {
  return finishedAt !== null || phase !== 'queued' || waiterId !== null || restarts > 0;
}
