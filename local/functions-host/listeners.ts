import type { ScaledClock } from '../clock/scaledClock.ts';
import {
  type Binding,
  type Invoke,
  type RegisteredFunction,
  triggerOf,
} from './invocation/invocation.ts';
import { retryPolicyOf } from './invocation/retryPolicy.ts';
import type { HostLog } from './log.ts';
import { checkQueueName, poisonQueueName, type QueueClients } from './queue/clients.ts';
import { QueueListener } from './queue/listener.ts';
import { type QueueSettings, resolveText } from './settings/hostJson.ts';
import { TimerListener } from './timer/timerListener.ts';
import { parseTimerSchedule, TimerStatusFile } from './timer/timerSchedule.ts';

interface ListenerOptions {
  readonly functions: readonly RegisteredFunction[];
  readonly settings: QueueSettings;
  readonly clients: QueueClients;
  readonly clock: ScaledClock;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the schedule status of timers is kept. */
  readonly statusDir: string;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

/** What waits for queue messages and timers on behalf of the app. */
export interface Listeners {
  start(): void;
  /** Something was put into this queue. */
  wake(queueUrl: string): void;
  stop(): Promise<void>;
}

/** Makes the listeners of all queue and timer functions. @throws HostStartError for a binding that cannot work */
export function createListeners(options: ListenerOptions): Listeners {
  const queues: QueueListener[] = [];
  const timers: TimerListener[] = [];
  const wake = (queueUrl: string): void => {
    for (const listener of queues) if (listener.queueUrl === queueUrl) listener.wake();
  };
  for (const registered of options.functions) {
    const retry = retryPolicyOf(registered);
    const binding = triggerOf(registered.bindings)?.binding;
    const type = binding?.type.toLowerCase();
    if (binding !== undefined && type === 'queuetrigger')
      queues.push(queueListener(options, registered.name, binding, wake));
    if (binding !== undefined && type === 'timertrigger')
      timers.push(timerListener(options, registered.name, binding, retry));
    else if (retry !== undefined) {
      options.log.entry(
        'Host',
        'warning',
        `function '${registered.name}': its retry policy has no effect, as in Azure: only timer functions here have one.`,
      );
    }
  }
  const all = [...queues, ...timers];
  return {
    start: () => {
      for (const listener of all) listener.start();
    },
    wake,
    stop: async () => {
      await Promise.all(all.map((listener) => listener.stop()));
    },
  };
}

function queueListener(
  { settings, clients, clock, environment, invoke, log }: ListenerOptions,
  functionName: string,
  binding: Binding,
  wake: (queueUrl: string) => void,
): QueueListener {
  const user = `function '${functionName}'`;
  const queueName = checkQueueName(
    resolveText(String(binding['queueName']), environment, user),
    user,
  );
  const service = clients.of(binding['connection'], user);
  const { realOriginMs, originMs, speed } = clock.setting;
  const poisonName = poisonQueueName(queueName);
  return new QueueListener({
    functionName,
    queue: service.getQueueClient(queueName),
    poisonQueue: poisonName === undefined ? undefined : service.getQueueClient(poisonName),
    isBinary: String(binding['dataType']).toLowerCase() === 'binary',
    settings,
    speed,
    instant: (real) => new Date(originMs + (real.getTime() - realOriginMs) * speed),
    invoke,
    log,
    onPoisoned: wake,
  });
}

function timerListener(
  { clock, environment, statusDir, invoke, log }: ListenerOptions,
  functionName: string,
  binding: Binding,
  retry: ReturnType<typeof retryPolicyOf>,
): TimerListener {
  const user = `function '${functionName}'`;
  const schedule = parseTimerSchedule(
    resolveText(String(binding['schedule']), environment, user),
    environment['WEBSITE_TIME_ZONE'] ?? 'UTC',
    user,
  );
  const isKept = binding['useMonitor'] !== false && schedule.isCoarse(clock.now());
  return new TimerListener({
    functionName,
    schedule,
    runOnStartup: binding['runOnStartup'] === true,
    statusFile: isKept ? new TimerStatusFile(statusDir, functionName) : undefined,
    retry,
    clock,
    invoke,
    log,
  });
}
