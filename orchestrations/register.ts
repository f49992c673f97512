import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Activity, ActivityServices } from './activities/activityServices.ts';
import { answerCommand, dropTask, reopenTasks, takeCommands } from './activities/commands.ts';
import { createJob } from './activities/createJob.ts';
import { createMove } from './activities/createMove.ts';
import { fenced } from './activities/fenced.ts';
import { findJob, findLeftJob } from './activities/findJob.ts';
import { findMove } from './activities/findMove.ts';
import { finishBatch } from './activities/finishBatch.ts';
import { finishMigration } from './activities/finishMigration.ts';
import {
  cancelJob,
  cancelTask,
  deleteJob,
  migrateJob,
  updateJob,
  updateTask,
  validateJob,
} from './activities/jobActions.ts';
import { nextBatch } from './activities/nextBatch.ts';
import { listMoves } from './activities/listMoves.ts';
import { obeyMoves } from './activities/obeyMoves.ts';
import { nextJob } from './activities/nextJob.ts';
import { noteTrouble, readPosition } from './activities/position.ts';
import { planMigration } from './activities/planMigration.ts';
import { planRound } from './activities/planRound.ts';
import { readGate } from './activities/readGate.ts';
import { readJob } from './activities/readJob.ts';
import { readMove } from './activities/readMove.ts';
import { recordTasks } from './activities/recordTasks.ts';
import { recordUnknown } from './activities/unknownTasks.ts';
import { takeSlot } from './activities/takeSlot.ts';
import { validateMove } from './activities/validateMove.ts';
import { writeMappings } from './activities/writeMappings.ts';
import { batch } from './batch.ts';
import { deletion } from './deletion.ts';
import { errand } from './errand.ts';
import { gate } from './gate.ts';
import { identityMappings } from './identityMappings.ts';
import { lane } from './lane.ts';
import { migration } from './migration.ts';
import { type activities, orchestrators } from './names.ts';
import { sharePointBatch } from './sharePointBatch.ts';
import { sharePointTask } from './sharePointTask.ts';
import { watch } from './watch.ts';

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
