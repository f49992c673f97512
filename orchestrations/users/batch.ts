import type { OrchestrationContext } from 'durable-functions';
import {
  type BatchRun,
  doneSchema,
  positionSchema,
} from '../../shared/contracts/internal/batch.ts';
import {
  type BatchEvent,
  type BatchState,
  nextBatchState,
  recordedValidationEvent,
  refusedMigrateEvent,
  validationEvent,
} from '../../shared/domain/batchStates.ts';
import type { CheckpointStage } from '../../shared/domain/commands.ts';
import { endsWatch, isUnderWay } from '../../shared/domain/lifecycle.ts';
import { jobPolicy } from '../../shared/domain/policies.ts';
import { hold, waitForClearance } from '../commands/checkpoint.ts';
import {
  call,
  ownedBatch,
  runBatchChain,
  StepFailure,
  type Steps,
  wait,
} from '../durable/steps.ts';
import { activities } from '../names.ts';
import {
  cancelAndWait,
  cancelJob,
  checkRefusal,
  jobOf,
  recordUsers,
  type Run,
  sendToJob,
  sendValidation,
  watchJob,
} from './jobSteps.ts';
import { createJob, findPreviousJob } from './operation.ts';

const { maxAttempts, replicationSeconds } = jobPolicy;

/**
 * Watches and checkpoints are numbered over all runs of a batch, all restarts of a run and all its
 * generations.
 */
const ordinalsPerRun = 1_000_000_000;
const ordinalsPerRestart = 1_000_000;
const ordinalsPerGeneration = 1_000;

/** Runs a batch of users once: from its job to the outcomes of its users. */
export function* batch(context: OrchestrationContext): Steps<{ readonly ok: boolean } | undefined> {
  return yield* runBatchChain(context, chain);
}

/**
 * Runs the steps of a batch in the order of the table `batchStates`. Returns null if the batch has
 * run to its end, otherwise why it was stopped.
 */
function* chain(context: OrchestrationContext, input: BatchRun): Steps<string | null> {
  const run = newRun(context, input);
  let state: BatchState | 'ended' = 'start';
  while (state !== 'ended') {
    const event: string = yield* steps[state](run);
    state = nextBatchState(state, event);
  }
  return run.stopped;
}

function newRun(context: OrchestrationContext, input: BatchRun): Run {
  let ordinals =
    (input.run - 1) * ordinalsPerRun +
    input.restarts * ordinalsPerRestart +
    input.generation * ordinalsPerGeneration;
  return {
    context,
    input,
    batch: ownedBatch(input),
    ordinal: () => (ordinals += 1),
    attempt: input.firstAttempt,
    jobId: null,
    isPrevious: false,
    status: '',
    stopped: null,
  };
}

/** What the batch does in each state. A step returns the event that decides the next state. */
const steps: { readonly [S in BatchState]: (run: Run) => Steps<BatchEvent<S>> } = {
  // Create job → validate → watch → checkpoint → migrate → watch → record outcomes.
  *start(run) {
    const { context, input, batch: own } = run;
    const position = input.resumes
      ? yield* call(context, activities.readPosition, own, positionSchema)
      : null;
    if (position?.isFinished === true) return 'finished';
    // The job of the previous run was handled before the first attempt of this run began.
    const isInAttempt = position !== null && position.attempt >= input.firstAttempt;
    const { jobId, isJobUnknown } = isInAttempt ? position : input;
    if (isInAttempt) run.attempt = position.attempt;
    run.jobId = jobId;
    run.isPrevious = !isInAttempt && (jobId !== null || isJobUnknown);
    if (isJobUnknown) return 'jobUnknown';
    if (jobId === null) return 'noJob';
    return run.isPrevious ? 'previousJob' : 'job';
  },

  *clearCreate(run) {
    if (run.jobId !== null && !run.isPrevious) run.attempt += 1;
    run.jobId = null;
    run.isPrevious = false;
    if (run.attempt >= run.input.firstAttempt + maxAttempts)
      throw new StepFailure(
        `validation still fails after ${String(maxAttempts)} jobs, each without the users who failed in the one before; check the errors of the users`,
      );
    return yield* clear(run, 'create', false);
  },

  *create(run) {
    const created = yield* createJob(run.context, run.batch, run.attempt);
    if (created.kind === 'stopped') run.stopped = created.reason;
    if (created.kind !== 'job') return created.kind;
    run.jobId = created.jobId;
    return 'created';
  },

  validate: (run) => sendValidation(run, 'validate'),

  *watchValidation(run) {
    const seen = yield* watchJob(run, 'validated');
    if (seen.kind !== 'seen') return seen.kind;
    run.status = seen.status;
    return validationEvent(run.status, run.input);
  },

  *recordValidation(run) {
    const recorded = yield* recordUsers(run, 'validated', null);
    return recorded === 'recorded' ? recordedValidationEvent(run.status, run.input) : recorded;
  },

  clearMigrate: (run) => clear(run, 'migrate', true),

  *migrate(run) {
    const sent = yield* sendToJob(run, 'migrate', 'migrated');
    if (sent.kind !== 'refused') return sent.kind;
    const event = refusedMigrateEvent(sent.status);
    if (event === 'validating') yield* wait(run.context, replicationSeconds);
    if (event === 'refused') checkRefusal(run, sent.status, 'migrated', 'migrate');
    return event;
  },

  *watchEnd(run) {
    const seen = yield* watchJob(run, 'migrated');
    if (seen.kind !== 'seen') return seen.kind;
    run.status = seen.status;
    return 'over';
  },

  recordEnd: (run) => recordUsers(run, 'migrated', run.status),

  // Users are invalid: the same job again after a decision, or a new job without them.
  *hold(run) {
    const decision = yield* hold(run.context, jobOf(run), run.ordinal);
    if (decision.kind === 'go') return 'continueWithout';
    if (decision.kind !== 'stop') return decision.kind;
    run.stopped = decision.reason;
    return 'stopped';
  },

  revalidate: (run) => sendValidation(run, 'revalidate'),
  replaceJob: cancelJob,

  // The validation is older than seven days.
  *renew(run) {
    return (yield* sendToJob(run, 'renew', 'validated')).kind;
  },

  // The job migrates by itself, or the batch is stopped.
  clearSelfStarted: (run) => clear(run, 'selfStarted', true),
  cancelStopped: cancelJob,

  // The request asks for a validation only.
  cancelUnwanted: cancelJob,
  recordValidateOnly: (run) => recordUsers(run, 'validateOnly', run.status),
  cancelValidated: cancelJob,

  // The id of the job is not known.
  *findJob(run) {
    run.jobId = yield* findPreviousJob(run.context, run.batch);
    if (run.jobId === null) return 'notFound';
    return run.isPrevious ? 'previousFound' : 'found';
  },

  // The job of the previous run. A new job follows only when each of its users is accounted for.
  clearPrevious: (run) => clear(run, run.input.sameJob ? 'migrate' : 'create', false),

  *readPrevious(run) {
    if (!run.input.wasUnknown) return 'skipped';
    const read = yield* watchJob(run, 'cancelled', true);
    if (read.kind !== 'seen') return read.kind;
    run.status = read.status;
    if (run.status === 'gone') return 'gone';
    if (isUnderWay(run.status)) return 'underWay';
    // A job that has not begun to migrate has moved nobody.
    return endsWatch('cancelled', run.status) ? 'over' : 'notStarted';
  },

  *recordUnknown(run) {
    const recorded = yield* recordUsers(run, 'previousRun', run.status);
    if (recorded === 'notRecorded') return recorded;
    const position = yield* call(run.context, activities.readPosition, run.batch, positionSchema);
    return position.open === 0 ? 'allRecorded' : 'recorded';
  },

  *migrateAgain(run) {
    if (!run.input.sameJob) return 'skipped';
    const sent = yield* sendToJob(run, 'migrateAgain', 'cancelled');
    if (sent.kind === 'refused') return sent.status === 'frozen' ? 'frozen' : 'refused';
    // Another Graph server may still show the end of the previous attempt.
    if (sent.kind === 'accepted') yield* wait(run.context, replicationSeconds);
    return sent.kind;
  },

  clearMigrateAgain: (run) => clear(run, 'migrate', true),

  *releaseUsers(run) {
    const ended = yield* cancelAndWait(run, 'releaseUsers');
    if (ended.kind !== 'seen') return ended.kind;
    run.status = ended.status;
    if (run.status === 'gone') return 'gone';
    if (endsWatch('cancelled', run.status)) return 'released';
    if (!isUnderWay(run.status))
      throw new StepFailure(
        `job ${jobOf(run).jobId} of the previous run could not be cancelled in the status ${run.status}; check the job in the target tenant`,
      );
    yield* wait(run.context, replicationSeconds);
    return 'underWay';
  },

  *recordPrevious(run) {
    // The end of the job may never have been recorded, and a new job must not move a user twice.
    const recorded = yield* recordUsers(run, 'previousRun', run.status);
    if (recorded === 'notRecorded')
      run.stopped = `Graph does not show the users of job ${jobOf(run).jobId}; no new job was created, because it could move users twice`;
    return recorded;
  },

  // The job is gone, and a retry asks for a new one.
  *reopenUsers(run) {
    const input = { ...jobOf(run), outcome: 'unknown' };
    yield* call(run.context, activities.reopenTasks, input, doneSchema);
    return 'reopened';
  },
};

/** Waits at the checkpoint before a step. `withJob`: commands are sent to the job meanwhile. */
function* clear(run: Run, stage: CheckpointStage, withJob: boolean): Steps<'cleared' | 'stopped'> {
  const job = withJob ? jobOf(run) : null;
  run.stopped = yield* waitForClearance(run.context, run.batch, stage, job, run.ordinal);
  return run.stopped === null ? 'cleared' : 'stopped';
}
