import type { OrchestrationContext } from 'durable-functions';
import { type JobRef, type RecordStage, recordTasksResultSchema } from '../shared/contracts/activities.ts';
import type { RecordState } from '../shared/contracts/orchestrations.ts';
import { activities } from './names.ts';
import { type Errand, maxTries, persist } from './persist.ts';
import { call, patience, StepFailure, type Steps } from './steps.ts';

/** Looks that a status which nobody has published gets before it is taken for what it is. */
const maxUnknown = 5;

export const recordErrand: Errand<null, RecordState> = {
  *once(context, state, tries) {
    const { migrationId, batchId, jobId, stage } = state;
    const recorded = yield* call(context, activities.recordTasks, { migrationId, batchId, jobId, stage, lastDigest: null, patient: tries <= maxUnknown }, recordTasksResultSchema);
    if (recorded.kind === 'done') return { kind: 'done', value: null };
    if (recorded.kind === 'rejected') throw new StepFailure(`Graph refused to list the users of job ${jobId}: ${recorded.reason}`);
    return { kind: 'again', state, seconds: patience(tries, recorded.seconds) };
  },
  gaveUp: ({ jobId }) => `the users of job ${jobId} could not be listed in ${String(maxTries)} tries`,
  parse: () => null,
};

/** Writes what the job says of every user into storage. */
export function* record(context: OrchestrationContext, { migrationId, batchId, jobId }: JobRef, stage: RecordStage): Steps<void> {
  yield* persist(context, recordErrand, { kind: 'record', migrationId, batchId, jobId, stage });
}
