import type { OrchestrationContext } from 'durable-functions';
import {
  type OwnedBatch,
  findJobResultSchema,
  type JobRef,
  jobRefSchema,
} from '../shared/contracts/activities.ts';
import type { FindLeftState } from '../shared/contracts/orchestrations.ts';
import { inSight } from '../shared/contracts/sight.ts';
import { denied, looksForLost, mayStand } from './createJob.ts';
import { activities } from './names.ts';
import { type Errand, persist } from './persist.ts';
import { call, patience, StepFailure, type Steps } from './steps.ts';
import { judgeUnseen } from './unseen.ts';

export const findLeftErrand: Errand<JobRef | null, FindLeftState> = {
  *once(context, state, tries) {
    const { migrationId, batchId, owner } = state;
    const found = yield* call(
      context,
      activities.findLeftJob,
      { migrationId, batchId, owner, delayed: tries > 1 },
      findJobResultSchema,
    );
    switch (found.kind) {
      case 'done':
        return { kind: 'done', value: { migrationId, batchId, owner, jobId: found.jobId } };
      case 'notFound': {
        const looks = state.looks + 1;
        return looks >= looksForLost
          ? { kind: 'done', value: null }
          : {
              kind: 'again',
              state: { ...state, looks, sight: inSight },
              seconds: patience(looks, 15),
            };
      }
      case 'notSeen': {
        const next = yield* judgeUnseen(context, state, null, found);
        if (next.isOver)
          throw new StepFailure(
            `Graph has not told whether there is a job of the run before${mayStand}`,
          );
        return { kind: 'again', state: { ...state, sight: next.sight }, seconds: next.seconds };
      }
      case 'mismatch':
        return denied(
          state,
          `the job of the run before cannot be looked up: ${found.reason}${mayStand}`,
        );
    }
  },
  parse: (value) => jobRefSchema.nullable().parse(value),
};

/**
 * The job that the run before may have left without knowing: it never learned for sure whether its create had taken effect. Null
 * when there is surely none.
 */
export function findLeftJob(
  context: OrchestrationContext,
  { migrationId, batchId, owner }: OwnedBatch,
): Steps<JobRef | null> {
  return persist(context, findLeftErrand, {
    kind: 'findLeft',
    migrationId,
    batchId,
    owner,
    looks: 0,
    denials: 0,
    sight: inSight,
  });
}
