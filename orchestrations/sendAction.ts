import type { OrchestrationContext } from 'durable-functions';
import { actionResultSchema, type JobRef, readJobResultSchema } from '../shared/contracts/activities.ts';
import { type ActionMembers, type ActionName, type SendState, type Taken, takenSchema } from '../shared/contracts/orchestrations.ts';
import { isJobStatus } from '../shared/domain/jobStatus.ts';
import { actions } from './actions.ts';
import { activities } from './names.ts';
import { type Errand, maxTries, persist } from './persist.ts';
import { call, patience, StepFailure, type Steps } from './steps.ts';

/** Looks before something is believed to be gone: what was just created may not be visible everywhere for a minute. */
const looksForGone = 5;

export const sendErrand: Errand<Taken, SendState> = {
  *once(context, state, tries) {
    const again = (seconds: number, changes: Partial<SendState> = {}) => ({ kind: 'again', state: { ...state, ...changes }, seconds: patience(tries, seconds) }) as const;
    const taken = (value: Taken) => ({ kind: 'done', value }) as const;
    const { migrationId, batchId, jobId, members } = state;
    const action = actions[state.action];
    const read = yield* call(context, activities.readJob, { migrationId, batchId, jobId, lastStatus: null, lastNeed: null, waiterId: null }, readJobResultSchema);
    if (read.kind === 'retryAfter') return again(read.seconds);
    if (read.kind === 'notFound') return tries >= looksForGone ? taken({ kind: 'refused', status: 'gone' }) : again(15);
    if (read.kind !== 'done') throw new StepFailure(`Graph refused to show the job: ${read.reason}`);
    const { status } = read;
    if (action.accepted(status)) return taken({ kind: 'accepted' });
    if (state.refused || (isJobStatus(status) && !action.allowed(status))) return taken({ kind: 'refused', status });
    if (!isJobStatus(status)) return again(60, { reason: `the job is ${status}, which nobody has published` });

    const sent = yield* call(context, action.activity, { migrationId, batchId, jobId, ...members }, actionResultSchema);
    switch (sent.kind) {
      case 'done':
        return taken({ kind: 'accepted' });
      case 'rejected':
        throw new StepFailure(`Graph refused ${action.activity}: ${sent.reason}`);
      case 'retryAfter':
        return again(sent.seconds);
      case 'conflict':
        return { kind: 'again', state: { ...state, refused: true }, seconds: 0 };
      case 'notFound': {
        // The job is there, what the action is about may not be visible yet.
        const missing = state.missing + 1;
        return missing >= looksForGone ? taken({ kind: 'refused', status: 'gone' }) : again(15, { missing });
      }
      case 'doubtful':
        return again(Math.max(15, sent.seconds), { reason: sent.reason });
    }
  },
  gaveUp: ({ action, reason }) => `${actions[action].activity} was not answered in ${String(maxTries)} tries: ${reason}`,
  parse: (value) => takenSchema.parse(value),
};

/**
 * Sends an action to a job until Graph has taken it. The job is read before anything is sent, and again after a refusal or a
 * lost answer. `refused` carries the status that stood in the way; a status that nobody has published is waited out.
 */
export function sendAction(context: OrchestrationContext, { migrationId, batchId, jobId }: JobRef, action: ActionName, members: ActionMembers = {}): Steps<Taken> {
  return persist(context, sendErrand, { kind: 'send', migrationId, batchId, jobId, action, members, refused: false, missing: 0, reason: 'no answer' });
}
