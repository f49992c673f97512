import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  AppWorker,
  HostLog,
  type Invocation,
  type InvocationOutcome,
  provideCore,
  type Registration,
  runInvocation,
  triggerOf,
} from '../../local/functions-host/index.ts';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { batchKeyOf, taskKeyOf } from './ledger.ts';
import { running } from './running.ts';

const worker = new AppWorker(new HostLog(() => undefined));
// Before the library loads: it looks the core module up only once.
provideCore(worker.coreModule());
const { registerOrchestrations } = await import('../../orchestrations/register.ts');
registerOrchestrations(() => {
  const current = running.getStore();
  if (current === undefined) throw new Error('no activity runs');
  return current.services;
});

const byName = new Map(
  worker.registrations.map((registration) => [registration.registered.name, registration]),
);

/** The app's orchestrators and activities, as they registered themselves with the real library. */
export const functions = worker.registrations.map(({ registered }) => registered);

const orchestrators = new Set(
  functions
    .filter(({ bindings }) => triggerOf(bindings)?.binding.type === 'orchestrationTrigger')
    .map(({ name }) => name),
);

/** True for a function that is an orchestrator. */
export function isOrchestrator(functionName: string): boolean {
  return orchestrators.has(functionName);
}

const inputSchema = z.object({
  migrationId: z.string().default(''),
  batchId: z.string().default(''),
  taskId: z.string().nullish(),
});

/** Runs a function of the app through its programming model, with the services of the host that asks. Never rejects. */
export async function invokeApp(
  invocation: Invocation,
  services: ActivityServices,
  startSeq = 0,
): Promise<InvocationOutcome> {
  const registration = byName.get(invocation.functionName);
  const trigger =
    registration === undefined ? undefined : triggerOf(registration.registered.bindings);
  if (registration === undefined || trigger === undefined)
    return { ok: false, error: new Error(`no function ${invocation.functionName}`) };
  const inputData = invocation.inputData.map(({ name, data }) => ({
    name: name === '' ? trigger.name : name,
    data,
  }));
  const call = (): Promise<InvocationOutcome> =>
    outcomeOf(registration, { ...invocation, inputData });
  if (trigger.binding.type !== 'activityTrigger') return call();
  const { migrationId, batchId, taskId } = inputSchema.parse(
    JSON.parse(invocation.inputData[0]?.data.string ?? '{}'),
  );
  const instanceId = invocation.triggerMetadata['instanceId']?.string ?? '';
  const batchKey = batchKeyOf(migrationId, batchId);
  const taskKey = taskId == null ? '' : taskKeyOf(batchKey, taskId);
  return running.run(
    { activity: invocation.functionName, instanceId, batchKey, taskKey, startSeq, services },
    call,
  );
}

async function outcomeOf(
  registration: Registration,
  invocation: Invocation,
): Promise<InvocationOutcome> {
  try {
    const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    return {
      ok: true,
      ...(await runInvocation(worker, registration, randomUUID(), { ...invocation, traceParent })),
    };
  } catch (error) {
    return { ok: false, error };
  }
}
