import * as df from 'durable-functions';
import type { Activity, ActivityServices } from './activities/activityServices.ts';
import { answerCommand, dropTask, takeCommands } from './activities/commands.ts';
import { createJob } from './activities/createJob.ts';
import { findJob } from './activities/findJob.ts';
import { finishBatch } from './activities/finishBatch.ts';
import { finishMigration } from './activities/finishMigration.ts';
import { cancelJob, cancelTask, migrateJob, updateJob, validateJob } from './activities/jobActions.ts';
import { planMigration } from './activities/planMigration.ts';
import { readGate } from './activities/readGate.ts';
import { readJob } from './activities/readJob.ts';
import { recordTasks } from './activities/recordTasks.ts';
import { batch } from './batch.ts';
import { gate } from './gate.ts';
import { lane } from './lane.ts';
import { migration } from './migration.ts';
import { type activities, orchestrators } from './names.ts';
import { watch } from './watch.ts';

const handlers: Readonly<Record<keyof typeof activities, Activity>> = {
  planMigration,
  createJob,
  findJob,
  validateJob,
  migrateJob,
  cancelJob,
  readJob,
  recordTasks,
  readGate,
  takeCommands,
  updateJob,
  cancelTask,
  dropTask,
  answerCommand,
  finishBatch,
  finishMigration,
};

/** Registers every orchestrator and activity; `services` is asked for at each call, never at start. */
export function registerOrchestrations(services: () => ActivityServices): void {
  df.app.orchestration(orchestrators.migration, migration);
  df.app.orchestration(orchestrators.lane, lane);
  df.app.orchestration(orchestrators.batch, batch);
  df.app.orchestration(orchestrators.watch, watch);
  df.app.orchestration(orchestrators.gate, gate);
  for (const [name, handler] of Object.entries(handlers)) {
    df.app.activity(name, { handler: (input: unknown) => handler(input, services()) });
  }
}
