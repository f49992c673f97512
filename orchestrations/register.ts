import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { type Activity, type ActivityServices, fenced } from './activityServices.ts';
import { noteTrouble, readPosition } from './batchStatus.ts';
import { checkpoint } from './commands/checkpoint.ts';
import {
  dropTask,
  readCommands,
  recordCommandResult,
  reopenTasks,
} from './commands/commandActivities.ts';
import { readCheckpoint } from './commands/readCheckpoint.ts';
import { finishBatch, finishMigration } from './migration/finish.ts';
import { lane, migration } from './migration/migration.ts';
import { nextBatch } from './migration/nextBatch.ts';
import { planMigration } from './migration/plan.ts';
import { type activities, orchestrators } from './names.ts';
import { sharePointBatch } from './sharePoint/batch.ts';
import { createSharePointTask } from './sharePoint/createTask.ts';
import { handleSharePointCommands } from './sharePoint/handleCommands.ts';
import { identityMappings } from './sharePoint/identityMappings.ts';
import { pollSharePointTask } from './sharePoint/pollTask.ts';
import { takeQuota } from './sharePoint/quota.ts';
import { sharePointTask } from './sharePoint/task.ts';
import { listSharePointTasks } from './sharePoint/taskRow.ts';
import { validateSharePointTask } from './sharePoint/validateTask.ts';
import { writeMappings } from './sharePoint/writeMappings.ts';
import { batch } from './users/batch.ts';
import { createJob, findJob, findPreviousJob } from './users/createJob.ts';
import { deletion } from './users/deletion.ts';
import {
  cancelJob,
  cancelTask,
  deleteJob,
  migrateJob,
  nextJob,
  updateJob,
  updateTask,
  validateJob,
} from './users/jobActions.ts';
import { operation } from './users/operation.ts';
import { pollJob } from './users/pollJob.ts';
import { recordTasks } from './users/recordTasks.ts';
import { planRun } from './users/rerun.ts';
import { recordUnknown } from './users/taskOutcomes.ts';
import { watch } from './users/watchJob.ts';

const handlers: Readonly<Record<keyof typeof activities, Activity>> = {
  planMigration,
  createJob: fenced(createJob),
  findJob: fenced(findJob),
  findPreviousJob: fenced(findPreviousJob),
  validateJob: fenced(validateJob),
  migrateJob: fenced(migrateJob),
  cancelJob: fenced(cancelJob),
  pollJob,
  recordTasks: fenced(recordTasks),
  readCheckpoint: fenced(readCheckpoint),
  readCommands,
  updateJob: fenced(updateJob),
  cancelTask: fenced(cancelTask),
  updateTask: fenced(updateTask),
  reopenTasks: fenced(reopenTasks),
  recordUnknown: fenced(recordUnknown),
  readPosition: fenced(readPosition),
  noteTrouble,
  planRun,
  nextBatch,
  nextJob,
  deleteJob,
  dropTask: fenced(dropTask),
  recordCommandResult,
  finishBatch: fenced(finishBatch),
  finishMigration,
  writeMappings,
  listSharePointTasks,
  validateSharePointTask,
  takeQuota,
  createSharePointTask,
  pollSharePointTask,
  handleSharePointCommands,
};

/**
 * Registers all orchestrators and activities. `services` is called for each invocation, not at
 * start.
 */
export function registerOrchestrations(services: () => ActivityServices): void {
  df.app.orchestration(orchestrators.migration, migration);
  df.app.orchestration(orchestrators.lane, lane);
  df.app.orchestration(orchestrators.batch, batch);
  df.app.orchestration(orchestrators.watch, watch);
  df.app.orchestration(orchestrators.checkpoint, checkpoint);
  df.app.orchestration(orchestrators.deletion, deletion);
  df.app.orchestration(orchestrators.operation, operation);
  df.app.orchestration(orchestrators.sharePointBatch, sharePointBatch);
  df.app.orchestration(orchestrators.sharePointTask, sharePointTask);
  df.app.orchestration(orchestrators.identityMappings, identityMappings);
  for (const [name, handler] of Object.entries(handlers)) {
    df.app.activity(name, {
      handler: (input: unknown, invocation) => handler(input, withLog(services(), invocation)),
    });
  }
}

/** Returns the services with warnings also written to the log of the invocation. */
function withLog(services: ActivityServices, invocation: InvocationContext): ActivityServices {
  return {
    ...services,
    warn: (text) => {
      invocation.warn(text);
      services.warn(text);
    },
  };
}
