import type { DurableFunctions } from './durableFunctions.ts';
import type { DurableInvoke } from './durableOptions.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal } from './instance.ts';
import type { Redelivery } from './redelivery.ts';
import { type ActivityEnd, runActivity } from './runActivity.ts';
import { WorkQueue } from './workQueue.ts';

interface DurableActivitiesOptions {
  readonly limit: number;
  readonly functions: DurableFunctions;
  readonly invoke: DurableInvoke;
  readonly redelivery: Redelivery;
  /** Returns the instance as it is now. */
  readonly get: (instanceId: string) => Instance | undefined;
  /** Sends the end of an activity to its instance. */
  readonly send: (instance: Instance, end: ActivityEnd) => Promise<void>;
  readonly logInterruption: (what: string, redeliverAfterMs: number) => void;
  readonly onEmpty: () => void;
  readonly onError: (error: unknown) => void;
}

/** Runs the activities of all instances. */
export class DurableActivities {
  readonly #options: DurableActivitiesOptions;
  readonly #queue: WorkQueue;
  /**
   * Activities that are queued or run, or whose worker has died, by instance, execution and task
   * id.
   */
  readonly #activeKeys = new Set<string>();
  #stopping = false;

  constructor(options: DurableActivitiesOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.limit, options.onEmpty, options.onError);
  }

  /** The number of activities that are queued or run. */
  get size(): number {
    return this.#queue.size;
  }

  /** Queues the activities of an instance that have no result yet and are not active. */
  update(instance: Instance): void {
    const { instanceId, executionId, status, history, inbox } = instance;
    if (this.#stopping || isTerminal(status)) return;
    const ended = new Set<number | undefined>();
    for (const { TaskScheduledId } of history) ended.add(TaskScheduledId);
    for (const { event } of inbox) ended.add(event.TaskScheduledId);
    for (const event of history) {
      if (event.EventType !== eventTypes.taskScheduled || ended.has(event.EventId)) continue;
      const key = `${instanceId} ${executionId} ${String(event.EventId)}`;
      if (this.#activeKeys.has(key)) continue;
      this.#activeKeys.add(key);
      this.#queue.add(key, () => this.#run(instance, event, key));
    }
  }

  /**
   * Drops the queued activities. Of the running ones, only successful results are sent from now on.
   */
  stop(): void {
    this.#stopping = true;
    this.#queue.stop();
  }

  /** Resolves when the activities that run now have ended. */
  running(): Promise<void> {
    return this.#queue.running();
  }

  async #run(instance: Instance, event: HistoryEvent, key: string): Promise<void> {
    const { instanceId, executionId } = instance;
    const { functions, invoke, redelivery, get, logInterruption, onError } = this.#options;
    const current = get(instanceId);
    // The instance may have ended, been purged or continued as new while the activity was queued:
    // the result has no use.
    if (current?.executionId === executionId && !isTerminal(current.status)) {
      const name = functions.find('activity', event.Name ?? '');
      const end = await runActivity(event, instanceId, name, invoke);
      if ('interrupted' in end) {
        logInterruption(`activity ${event.Name ?? ''} of ${instanceId}`, end.redeliverAfterMs);
        redelivery.schedule(end.redeliverAfterMs, () => {
          this.#activeKeys.delete(key);
          const latest = get(instanceId);
          if (latest !== undefined) this.update(latest);
        });
        end.late?.then((late) => this.#send(instance, late)).catch(onError);
        return;
      }
      await this.#send(instance, end);
    }
    this.#activeKeys.delete(key);
  }

  async #send(instance: Instance, end: ActivityEnd): Promise<void> {
    // An activity that fails during the stop may fail because of it. It runs again after the next
    // start.
    if (this.#stopping && end.EventType !== eventTypes.taskCompleted) return;
    await this.#options.send(instance, end);
  }
}
