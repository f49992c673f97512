import type { ScaledClock } from '../clock/scaledClock.ts';
import type { FunctionErrors } from './functionErrors.ts';
import {
  type Binding,
  type Invoke,
  type RegisteredFunction,
  triggerOf,
} from './invocation/invocation.ts';
import { retryPolicyOf } from './invocation/retryPolicy.ts';
import type { HostLog } from './log.ts';
import { checkQueueName, poisonQueueName, type QueueClients } from './queue/queueClients.ts';
import { QueueListener } from './queue/queueListener.ts';
import { type QueueSettings, resolveText } from './settings/hostJson.ts';
import { TimerListener } from './timer/timerListener.ts';
import { parseTimerSchedule, TimerStatusFile } from './timer/timerSchedule.ts';

interface ListenerOptions {
  readonly functions: readonly RegisteredFunction[];
  readonly errors: FunctionErrors;
  readonly settings: QueueSettings;
  readonly clients: QueueClients;
  readonly clock: ScaledClock;
  readonly environment: NodeJS.ProcessEnv;
  /** The folder of the timers' schedule status. */
  readonly statusDir: string;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

/** The listeners of the app's queue and timer functions. */
export interface Listeners {
  start(): void;
  /** Polls a queue at once, because it has a new message. */
  poll(queueUrl: string): void;
  stop(): Promise<void>;
}

/**
 * Creates the listeners of all queue and timer functions. A function whose binding or retry policy
 * cannot work is in error.
 */
export function createListeners(options: ListenerOptions): Listeners {
  const queues: QueueListener[] = [];
  const timers: TimerListener[] = [];
  const poll = (queueUrl: string): void => {
    for (const listener of queues) if (listener.queueUrl === queueUrl) listener.pollNow();
  };
  const add = (registered: RegisteredFunction): void => {
    const retry = retryPolicyOf(registered);
    const binding = triggerOf(registered.bindings)?.binding;
    const type = binding?.type.toLowerCase();
    if (binding !== undefined && type === 'queuetrigger')
      queues.push(queueListener(options, registered.name, binding, poll));
    if (binding !== undefined && type === 'timertrigger')
      timers.push(timerListener(options, registered.name, binding, retry));
    else if (retry !== undefined) {
      options.log.entry(
        'Host',
        'warning',
        `function '${registered.name}': its retry policy has no effect, as on Azure. Of the supported triggers, only timers have retry policies.`,
      );
    }
  };
  for (const registered of options.functions)
    options.errors.attempt(registered.name, () => {
      add(registered);
    });
  const all = [...queues, ...timers];
  return {
    start: () => {
      for (const listener of all) listener.start();
    },
    poll,
    stop: async () => {
      await Promise.all(all.map((listener) => listener.stop()));
    },
  };
}

function queueListener(
  { settings, clients, clock, environment, invoke, log }: ListenerOptions,
  functionName: string,
  binding: Binding,
  poll: (queueUrl: string) => void,
): QueueListener {
  const owner = `function '${functionName}'`;
  const queueName = checkQueueName(
    resolveText(String(binding['queueName']), environment, owner),
    owner,
  );
  const service = clients.of(binding['connection'], owner);
  const { realOriginMs, originMs, speed } = clock.setting;
  const poisonName = poisonQueueName(queueName);
  return new QueueListener({
    functionName,
    queue: service.getQueueClient(queueName),
    poisonQueue: poisonName === undefined ? undefined : service.getQueueClient(poisonName),
    isBinary: String(binding['dataType']).toLowerCase() === 'binary',
    settings,
    speed,
    toHostTime: (real) => new Date(originMs + (real.getTime() - realOriginMs) * speed),
    invoke,
    log,
    onPoisoned: poll,
  });
}

function timerListener(
  { clock, environment, statusDir, invoke, log }: ListenerOptions,
  functionName: string,
  binding: Binding,
  retry: ReturnType<typeof retryPolicyOf>,
): TimerListener {
  const owner = `function '${functionName}'`;
  const schedule = parseTimerSchedule(
    resolveText(String(binding['schedule']), environment, owner),
    environment['WEBSITE_TIME_ZONE'] ?? 'UTC',
    owner,
  );
  const isMonitored = binding['useMonitor'] !== false && schedule.isCoarse(clock.now());
  return new TimerListener({
    functionName,
    schedule,
    runOnStartup: binding['runOnStartup'] === true,
    statusFile: isMonitored ? new TimerStatusFile(statusDir, functionName) : undefined,
    retry,
    clock,
    invoke,
    log,
  });
}
