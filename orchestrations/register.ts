import * as df from 'durable-functions';
import type { Activity, ActivityServices } from './activities/activityServices.ts';
import { answerCommand, dropTask, reopenTasks, takeCommands } from './activities/commands.ts';
import { createJob } from './activities/createJob.ts';
import { createMove } from './activities/createMove.ts';
import { failMove } from './activities/endMove.ts';
import { findJob } from './activities/findJob.ts';
import { findLeftJob } from './activities/findLeftJob.ts';
import { findMove } from './activities/findMove.ts';
import { finishBatch } from './activities/finishBatch.ts';
import { finishMigration } from './activities/finishMigration.ts';
import { cancelJob, cancelTask, deleteJob, migrateJob, updateJob, updateTask, validateJob } from './activities/jobActions.ts';
import { nextBatch } from './activities/nextBatch.ts';
import { listMoves } from './activities/listMoves.ts';
import { obeyMoves } from './activities/obeyMoves.ts';
import { nextJob } from './activities/nextJob.ts';
import { planMigration } from './activities/planMigration.ts';
import { planRound } from './activities/planRound.ts';
import { readGate } from './activities/readGate.ts';
import { readJob } from './activities/readJob.ts';
import { readMove } from './activities/readMove.ts';
import { recordTasks } from './activities/recordTasks.ts';
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
  createJob,
  findJob,
  findLeftJob,
  validateJob,
  migrateJob,
  cancelJob,
  readJob,
  recordTasks,
  readGate,
  takeCommands,
  updateJob,
  cancelTask,
  updateTask,
  reopenTasks,
  planRound,
  nextBatch,
  nextJob,
  deleteJob,
  dropTask,
  answerCommand,
  finishBatch,
  finishMigration,
  writeMappings,
  listMoves,
  validateMove,
  takeSlot,
  findMove,
  createMove,
  readMove,
  obeyMoves,
  failMove,
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
    df.app.activity(name, { handler: (input: unknown) => handler(input, services()) });
  }
}
