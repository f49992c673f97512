import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../folderLock.ts';
import { DurableActivities } from './durableActivities.ts';
import { DurableFunctions } from './durableFunctions.ts';
import type { DurableOptions } from './durableOptions.ts';
import { type DurableSettings, parseDurableSettings } from './durableSettings.ts';
import { DurableTimers } from './durableTimers.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Entry, type Instance, isTerminal, type Outgoing, type Start } from './instance.ts';
import { InstanceTable } from './instanceTable.ts';
import { type EngineJournal, Journal, JournalError } from './journal.ts';
import { Redelivery } from './redelivery.ts';
import { runOrchestrator } from './runOrchestrator.ts';
import { startTurn } from './turn.ts';
import { terminatedTurn } from './turnEntry.ts';
import { WorkQueue } from './workQueue.ts';

/** The journal is closed: the engine does not run. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError';
}

/**
 * Executes orchestrations. An instance with unread messages gets a turn. Everything that a turn
 * changes is one journal entry, and the engine dispatches only what the journal contains.
 * Activities run at least once, everything else exactly once.
 */
export class Engine {
  readonly settings: DurableSettings;
  readonly #options: DurableOptions;
  readonly #functions: DurableFunctions;
  readonly #table = new InstanceTable();
  readonly #turns: WorkQueue;
  readonly #activities: DurableActivities;
  readonly #timers: DurableTimers;
  readonly #redelivery: Redelivery;
  /** Ids of the instances whose start is being written to the journal. */
  readonly #starting = new Set<string>();
  readonly #idleWaiters: (() => void)[] = [];
  #journal: EngineJournal | undefined;
  #releaseLock: () => void = () => undefined;
  #stopping = false;
  #isJournalFailed = false;

  /** @throws HostStartError for a bad setting */
  constructor(options: DurableOptions) {
    this.#options = options;
    this.settings = parseDurableSettings(options.settings);
    this.#functions = new DurableFunctions(options.functions);
    const onEmpty = (): void => {
      this.#checkIdle();
    };
    const onError = (error: unknown): void => {
      this.#report(error);
    };
    this.#turns = new WorkQueue(this.settings.maxConcurrentOrchestratorFunctions, onEmpty, onError);
    this.#redelivery = new Redelivery(options.clock);
    this.#activities = new DurableActivities({
      limit: this.settings.maxConcurrentActivityFunctions,
      functions: this.#functions,
      invoke: options.invoke,
      redelivery: this.#redelivery,
      get: (instanceId) => this.#table.get(instanceId),
      send: ({ instanceId, executionId }, end) =>
        this.send({
          kind: 'event',
          to: instanceId,
          executionId,
          event: { ...end, Timestamp: this.timestamp() },
        }),
      logInterruption: (what, redeliverAfterMs) => {
        this.#logInterruption(what, redeliverAfterMs);
      },
      onEmpty,
      onError,
    });
    this.#timers = new DurableTimers(
      options.clock,
      ({ instanceId, executionId }, { EventId, FireAt }) => {
        const event: HistoryEvent = {
          EventType: eventTypes.timerFired,
          EventId: -1,
          Timestamp: this.timestamp(),
          TimerId: EventId,
          ...(FireAt === undefined ? {} : { FireAt }),
        };
        this.send({ kind: 'event', to: instanceId, executionId, event }).catch(onError);
      },
      options.quirks?.timerLeadMs,
    );
  }

  async start(): Promise<void> {
    const { dataDir, openJournal } = this.#options;
    const open =
      openJournal ??
      ((options) => Journal.open({ ...options, file: join(dataDir, 'journal.jsonl') }));
    if (openJournal === undefined) {
      mkdirSync(dataDir, { recursive: true });
      this.#releaseLock = lockFolder(dataDir);
    }
    try {
      this.#journal = await open({
        replay: (entry) => this.#table.apply(entry),
        snapshot: () => this.#table.snapshot(),
        onIdle: () => {
          this.#checkIdle();
        },
      });
    } catch (error) {
      this.#releaseLock();
      throw error;
    }
    for (const { instanceId } of this.#table.all()) {
      this.#queueTurn(instanceId);
      this.#startWork(instanceId);
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#timers.cancelAll();
    this.#redelivery.stop();
    this.#turns.stop();
    this.#activities.stop();
    await Promise.all([this.#turns.running(), this.#activities.running()]);
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close();
    this.#releaseLock();
  }

  /** Resolves when nothing runs, is queued or is being written. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      setImmediate(() => {
        this.#checkIdle();
      });
    });
  }

  get(instanceId: string): Instance | undefined {
    return this.#table.get(instanceId);
  }

  all(): Iterable<Instance> {
    return this.#table.all();
  }

  hasOrchestrator(name: string): boolean {
    return this.#functions.find('orchestrator', name) !== undefined;
  }

  /**
   * Writes a message to the journal and delivers it.
   * @throws EngineStoppedError once the engine has stopped
   */
  async send(message: Outgoing): Promise<void> {
    await this.#append({ t: 'send', message });
  }

  /**
   * Starts an instance. When a running instance has the id, replaces it if the settings allow that;
   * otherwise returns its status and starts nothing.
   */
  async startInstance(start: Start): Promise<string | undefined> {
    const existing = this.#table.get(start.instanceId);
    const isRunning = existing !== undefined && !isTerminal(existing.status);
    if (isRunning && this.settings.overridableExistingInstanceStates !== 'AnyState')
      return existing.status;
    if (this.#starting.has(start.instanceId)) return 'Pending';
    this.#starting.add(start.instanceId);
    try {
      if (isRunning) await this.purge(start.instanceId);
      await this.send({ kind: 'start', atMs: this.nowMs(), start });
    } finally {
      this.#starting.delete(start.instanceId);
    }
    return undefined;
  }

  /** Deletes an instance with its timers and messages. */
  async purge(instanceId: string): Promise<void> {
    await this.#append({ t: 'purge', instanceId });
  }

  nowMs(): number {
    return this.#options.clock.now();
  }

  timestamp(): string {
    return new Date(this.nowMs()).toISOString();
  }

  async #append(entry: Entry): Promise<void> {
    if (this.#journal === undefined)
      throw new EngineStoppedError('the host is stopping; send the request again when it is back');
    try {
      await this.#journal.append(entry, () => {
        for (const instanceId of this.#table.apply(entry)) this.#queueTurn(instanceId);
        if (entry.t === 'turn') this.#startWork(entry.instanceId);
        if (entry.t === 'purge') this.#timers.cancelInstance(entry.instanceId);
      });
    } catch (error) {
      if (error instanceof JournalError) this.#failJournal(error);
      throw error;
    }
  }

  #queueTurn(instanceId: string): void {
    const instance = this.#table.get(instanceId);
    if (instance === undefined || instance.inbox.length === 0 || isTerminal(instance.status))
      return;
    this.#turns.add(instanceId, () => this.#runTurn(instanceId));
  }

  /** Starts the activities and timers that an instance waits for. */
  #startWork(instanceId: string): void {
    const instance = this.#table.get(instanceId);
    if (instance === undefined || this.#stopping) return;
    this.#timers.update(instance);
    this.#activities.update(instance);
  }

  async #runTurn(instanceId: string): Promise<void> {
    const stored = this.#table.get(instanceId);
    if (stored === undefined || isTerminal(stored.status)) return;
    const instance = this.#redelivery.withoutHidden(stored);
    const start = startTurn(instance, this.nowMs());
    if (start === undefined) return;
    const result =
      start.terminated === undefined
        ? await runOrchestrator(instance, start, this.#functions, this.settings, this.#options)
        : terminatedTurn(instance, start, start.terminated.Input ?? '');
    if (result === undefined) return;
    if ('interrupted' in result) {
      const { redeliverAfterMs } = result;
      this.#logInterruption(`turn of ${instance.name} (${instanceId})`, redeliverAfterMs);
      this.#redelivery.hide(start.consumed, redeliverAfterMs, () => {
        this.#queueTurn(instanceId);
      });
      return;
    }
    if (result.status === 'Failed')
      this.#options.log('error', `${instance.name} (${instanceId}) failed: ${result.output ?? ''}`);
    for (const message of result.outgoing)
      if (message.kind === 'start') this.#warnIfRunning(message.start, instance);
    await this.#append(result);
  }

  #warnIfRunning({ instanceId, name }: Start, parent: Instance): void {
    const status = this.#table.get(instanceId)?.status;
    if (status === undefined || isTerminal(status)) return;
    this.#options.log(
      'warning',
      `${parent.name} (${parent.instanceId}) started ${name} under the id ${instanceId}, whose instance is ${status}: refused here; on Azure both run and overwrite each other's state.`,
    );
  }

  #logInterruption(what: string, redeliverAfterMs: number): void {
    this.#options.log(
      'warning',
      `A worker died during the ${what}; the work is delivered again in ${String(redeliverAfterMs / 1000)} s.`,
    );
  }

  #report(error: unknown): void {
    // During the stop, the next start repeats what cannot be written. A failed journal was reported
    // once already.
    if (this.#stopping || error instanceof JournalError) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.log('error', `the durable engine cannot continue: ${text}`);
  }

  #failJournal({ message }: JournalError): void {
    if (this.#isJournalFailed) return;
    this.#isJournalFailed = true;
    // Each waiting piece of work would fail in turn.
    this.#turns.stop();
    this.#activities.stop();
    this.#options.log('error', `the durable engine cannot continue: ${message}`);
    this.#options.onJournalFailed?.(message);
  }

  #checkIdle(): void {
    if (
      this.#idleWaiters.length === 0 ||
      this.#turns.size + this.#activities.size > 0 ||
      this.#journal?.isIdle === false
    )
      return;
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}
