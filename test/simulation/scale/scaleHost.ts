import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createDurableHost, managementRequest } from '../../../local/functions-host/index.ts';
import type { ActivityServices } from '../../../orchestrations/activityServices.ts';
import { runInstanceId } from '../../../shared/contracts/ids.ts';
import { functions, invokeApp } from '../app.ts';
import { type FunctionServices, instanceStateOf } from '../simulatedHost.ts';
import type { SimulatedLoop } from '../simulatedLoop.ts';
import { FleetingJournal } from './fleetingJournal.ts';
import type { ProgrammeRecord } from './programmeRecord.ts';

const hostJsonSchema = z.object({
  extensions: z.object({ durableTask: z.record(z.string(), z.unknown()) }),
});

export interface ScaleHostOptions {
  readonly loop: SimulatedLoop;
  readonly services: ActivityServices;
  readonly record: ProgrammeRecord;
}

/** Starts the app's durable host as `host.json` sets it up, on a journal that keeps nothing: this host does not die. */
export async function openScaleHost({
  loop,
  services,
  record,
}: ScaleHostOptions): Promise<FunctionServices> {
  const hostJson = hostJsonSchema.parse(
    JSON.parse(readFileSync(new URL('../../../host.json', import.meta.url), 'utf8')),
  );
  const host = createDurableHost({
    clock: loop,
    dataDir: '',
    openJournal: (options) =>
      Promise.resolve(
        new FleetingJournal(
          loop,
          (entry) => (record.historyEvents += entry.t === 'turn' ? entry.events.length : 0),
          options,
        ),
      ),
    functions,
    invoke: (invocation) => {
      record.execution(invocation.functionName);
      return invokeApp(invocation, services);
    },
    settings: hostJson.extensions.durableTask,
    onTurn: ({ events }) => {
      record.longestHistory = Math.max(record.longestHistory, events);
    },
    log: (level, message) => {
      if (level === 'error') record.hostErrors.push(message);
    },
  });
  await host.start();
  const send = async (path: string, input: unknown): Promise<void> => {
    const { status, body } = await host.handle(managementRequest('POST', path, input));
    if (status !== 202 && status !== 409)
      throw new Error(`the host answered ${path} with ${String(status)} ${body}`);
  };
  return {
    ...services,
    start: (migrationId) =>
      send(`orchestrators/migration/${migrationId}`, { migrationId, runCommandId: null }),
    startRun: (migrationId, runCommandId) =>
      send(`orchestrators/migration/${runInstanceId(migrationId, runCommandId)}`, {
        migrationId,
        runCommandId,
      }),
    resume: (migrationId, runCommandId) =>
      send(
        `orchestrators/migration/${runCommandId === null ? migrationId : runInstanceId(migrationId, runCommandId)}`,
        { migrationId, runCommandId, resumes: true },
      ),
    statusOf: async (instanceId) =>
      instanceStateOf(
        await host.handle(managementRequest('GET', `instances/${instanceId}?showInput=false`)),
      ),
    wakeUp: (instanceId) => send(`instances/${instanceId}/raiseEvent/command`, null),
  };
}
