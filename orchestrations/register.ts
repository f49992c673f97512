import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { type Activity, type ActivityServices, fenced } from './activityServices.ts';
import { gate } from './commands/checkpoint.ts';
import { answerCommand, dropTask, reopenTasks, takeCommands } from './commands/commands.ts';
import { readGate } from './commands/readCheckpoint.ts';
import { finishBatch, finishMigration } from './migration/finish.ts';
import { lane } from './migration/lane.ts';
import { migration } from './migration/migration.ts';
import { nextBatch } from './migration/nextBatch.ts';
import { planMigration } from './migration/plan.ts';
import { type activities, orchestrators } from './names.ts';
import { sharePointBatch } from './sharePoint/batch.ts';
import { createMove } from './sharePoint/createTask.ts';
import { findMove } from './sharePoint/findTask.ts';
import { obeyMoves } from './sharePoint/handleCommands.ts';
import { identityMappings } from './sharePoint/identityMappings.ts';
import { listMoves } from './sharePoint/listTasks.ts';
import { readMove } from './sharePoint/pollTask.ts';
import { takeSlot } from './sharePoint/quota.ts';
import { sharePointTask } from './sharePoint/task.ts';
import { validateMove } from './sharePoint/validateTask.ts';
import { writeMappings } from './sharePoint/writeMappings.ts';
import { batch } from './users/batch.ts';
import { createJob } from './users/createJob.ts';
import { deletion } from './users/deletion.ts';
import { findJob, findLeftJob } from './users/findJob.ts';
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
import { errand } from './users/operation.ts';
import { readJob } from './users/pollJob.ts';
import { noteTrouble, planRound, readPosition } from './users/rerun.ts';
import { recordTasks } from './users/saveOutcomes.ts';
import { recordUnknown } from './users/unknownOutcomes.ts';
import { watch } from './users/watchJob.ts';

const handlers: Readonly<Record<keyof typeof activities, Activity>> = {
  planMigration,
  createJob: fenced(createJob),
  findJob: fenced(findJob),
  findLeftJob: fenced(findLeftJob),
  validateJob: fenced(validateJob),
  migrateJob: fenced(migrateJob),
  cancelJob: fenced(cancelJob),
  readJob,
  recordTasks: fenced(recordTasks),
  readGate: fenced(readGate),
  takeCommands,
  updateJob: fenced(updateJob),
  cancelTask: fenced(cancelTask),
  updateTask: fenced(updateTask),
  reopenTasks: fenced(reopenTasks),
  recordUnknown: fenced(recordUnknown),
  readPosition: fenced(readPosition),
  noteTrouble,
  planRound,
  nextBatch,
  nextJob,
  deleteJob,
  dropTask: fenced(dropTask),
  answerCommand,
  finishBatch: fenced(finishBatch),
  finishMigration,
  writeMappings,
  listMoves,
  validateMove,
  takeSlot,
  findMove,
  createMove,
  readMove,
  obeyMoves,
};

/** Registers every orchestrator and activity; `services` is asked for at each call, never at start. */
export function registerOrchestrations(services: () => ActivityServices): void {
  df.app.orchestration(orchestrators.migration, migration);
  df.app.orchestration(orchestrators.lane, lane);
  df.app.orchestration(orchestrators.batch, batch);
  df.app.orchestration(orchestrators.watch, watch);
  df.app.orchestration(orchestrators.gate, gate);
  df.app.orchestration(orchestrators.deletion, deletion);
  df.app.orchestration(orchestrators.errand, errand);
  df.app.orchestration(orchestrators.sharePointBatch, sharePointBatch);
  df.app.orchestration(orchestrators.sharePointTask, sharePointTask);
  df.app.orchestration(orchestrators.identityMappings, identityMappings);
  for (const [name, handler] of Object.entries(handlers)) {
    df.app.activity(name, {
      handler: (input: unknown, invocation) => handler(input, withLog(services(), invocation)),
    });
  }
}

/** The services of an activity: what it warns of stands in the log of its invocation. */
function withLog(services: ActivityServices, invocation: InvocationContext): ActivityServices {
  return {
    ...services,
    warn: (text) => {
      invocation.warn(text);
      services.warn(text);
    },
  };
}
