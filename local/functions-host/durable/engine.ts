import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../lockFile.ts';
import type { DurableOptions } from './durableHost.ts';
import {
  DurableFunctions,
  type DurableSettings,
  judgeVersion,
  noSuchFunction,
  parseDurableSettings,
} from './durableSettings.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Entry, type Instance, isTerminal, type Outgoing, type Start } from './instance.ts';
import { InstanceTable } from './instanceTable.ts';
import { type EngineJournal, Journal, JournalError } from './journal.ts';
import { LostWork } from './lostWork.ts';
import { orchestratorPayload } from './orchestratorPayload.ts';
import { type ActivityEnd, runActivity } from './runActivity.ts';
import { ArmedTimers, WorkQueue } from './schedule.ts';
import { endTurn, startTurn } from './turn.ts';
import { failedTurn, terminatedTurn, type TurnEntry, type TurnStart } from './turnEnd.ts';

/** The journal is closed: nothing can be written any more. */
export class EngineStoppedError extends Error {
  override readonly name = 'EngineStoppedError';
}

/**
 * Executes orchestrations: an instance with unread messages takes a turn; what the turn changes is one journal entry; only
 * what the journal holds is dispatched. Activities run at least once, everything else exactly once.
 */
export class Engine {
  readonly settings: DurableSettings;
  readonly #options: DurableOptions;
  readonly #functions: DurableFunctions;
  readonly #table = new InstanceTable();
  readonly #turns: WorkQueue;
  readonly #activities: WorkQueue;
  readonly #timers: ArmedTimers;
  readonly #lost: LostWork;
  /** Activities that were handed to the queue and have not been answered, by instance, execution and task id. */
  readonly #running = new Set<string>();
  /** Ids of instances whose start is on its way to the journal. */
  readonly #starting = new Set<string>();
  readonly #idle: (() => void)[] = [];
  #journal: EngineJournal | undefined;
  #releaseLock: () => void = () => undefined;
  #stopping = false;
  #isJournalFailed = false;

  constructor(options: DurableOptions) {
    this.#options = options;
    this.settings = parseDurableSettings(options.settings);
    this.#functions = new DurableFunctions(options.functions);
    const check = (): void => {
      this.#checkIdle();
    };
    const report = (error: unknown): void => {
      this.#report(error);
    };
    this.#turns = new WorkQueue(this.settings.maxConcurrentOrchestratorFunctions, check, report);
    this.#activities = new WorkQueue(this.settings.maxConcurrentActivityFunctions, check, report);
    this.#timers = new ArmedTimers(
      options.clock,
      ({ instanceId, executionId }, { EventId, FireAt }) => {
        const event: HistoryEvent = {
          EventType: eventTypes.timerFired,
          EventId: -1,
          Timestamp: this.timestamp(),
          TimerId: EventId,
          ...(FireAt === undefined ? {} : { FireAt }),
        };
        this.send({ kind: 'event', to: instanceId, executionId, event }).catch(report);
      },
      options.quirks?.timerLeadMs,
    );
    this.#lost = new LostWork(options.clock);
  }

  async start(): Promise<void> {
    const { dataDir, openJournal } = this.#options;
    const open =
      openJournal ??
      ((options) => Journal.open({ ...options, file: join(dataDir, 'journal.jsonl') }));
    if (openJournal === undefined) {
      mkdirSync(dataDir, { recursive: true });
      this.#releaseLock = takeLock(join(dataDir, 'lock'));
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
    this.#timers.clear();
    this.#lost.stop();
    this.#turns.stop();
    this.#activities.stop();
    await Promise.all([this.#turns.settled(), this.#activities.settled()]);
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close();
    this.#releaseLock();
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
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

  /** Writes a message and lets it take effect. @throws EngineStoppedError once the engine has stopped */
  async send(message: Outgoing): Promise<void> {
    await this.#append({ t: 'send', message });
  }

  /** Starts an instance; the status of the one that has the id and has not ended, when there is one, and nothing is started. */
  async startInstance(start: Start): Promise<string | undefined> {
    const existing = this.#table.get(start.instanceId);
    if (existing !== undefined && !isTerminal(existing.status)) return existing.status;
    if (this.#starting.has(start.instanceId)) return 'Pending';
    this.#starting.add(start.instanceId);
    try {
      await this.send({ kind: 'start', atMs: this.nowMs(), start });
    } finally {
      this.#starting.delete(start.instanceId);
    }
    return undefined;
  }

  /** Forgets an instance with all that it has under way. */
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
        if (entry.t === 'purge') this.#timers.forget(entry.instanceId);
      });
    } catch (error) {
      if (error instanceof JournalError) this.#failed(error);
      throw error;
    }
  }

  #queueTurn(instanceId: string): void {
    const instance = this.#table.get(instanceId);
    if (instance === undefined || instance.inbox.length === 0 || isTerminal(instance.status))
      return;
    this.#turns.add(instanceId, () => this.#turn(instanceId));
  }

  /** Starts the activities and timers that an instance's history asks for and that are not under way. */
  #startWork(instanceId: string): void {
    const instance = this.#table.get(instanceId);
    if (instance === undefined || this.#stopping) return;
    this.#timers.follow(instance);
    if (isTerminal(instance.status)) return;
    const { executionId, history, inbox } = instance;
    const ended = new Set<number | undefined>();
    for (const { TaskScheduledId } of history) ended.add(TaskScheduledId);
    for (const { event } of inbox) ended.add(event.TaskScheduledId);
    for (const event of history) {
      if (event.EventType !== eventTypes.taskScheduled || ended.has(event.EventId)) continue;
      const key = `${instanceId} ${executionId} ${String(event.EventId)}`;
      if (this.#running.has(key)) continue;
      this.#running.add(key);
      this.#activities.add(key, () => this.#activity(instance, event, key));
    }
  }

  async #activity(
    { instanceId, executionId }: Instance,
    event: HistoryEvent,
    key: string,
  ): Promise<void> {
    const current = this.#table.get(instanceId);
    // Ended, purged or continued as new while it waited for its turn: nobody wants the result.
    if (current?.executionId === executionId && !isTerminal(current.status)) {
      const name = this.#functions.find('activity', event.Name ?? '');
      const send = async (end: ActivityEnd): Promise<void> => {
        // What fails while the host stops may fail because it stops: it runs again after the next start.
        const isHeard = !this.#stopping || end.EventType === eventTypes.taskCompleted;
        if (isHeard)
          await this.send({
            kind: 'event',
            to: instanceId,
            executionId,
            event: { ...end, Timestamp: this.timestamp() },
          });
      };
      const end = await runActivity(event, instanceId, name, this.#options.invoke);
      if ('lost' in end) {
        this.#tellOfLoss(`the activity ${event.Name ?? ''} of ${instanceId}`, end.againAfterMs);
        this.#lost.handOutAgain(end.againAfterMs, () => {
          this.#running.delete(key);
          this.#startWork(instanceId);
        });
        end.late?.then(send).catch((error: unknown) => {
          this.#report(error);
        });
        return;
      }
      await send(end);
    }
    this.#running.delete(key);
  }

  async #turn(instanceId: string): Promise<void> {
    const known = this.#table.get(instanceId);
    if (known === undefined || isTerminal(known.status)) return;
    const instance = this.#lost.seen(known);
    const start = startTurn(instance, this.nowMs());
    if (start === undefined) return;
    const entry =
      start.terminated === undefined
        ? await this.#takeTurn(instance, start)
        : terminatedTurn(instance, start, start.terminated.Input ?? '');
    if (entry === undefined) return;
    if (entry.status === 'Failed')
      this.#options.log('error', `${instance.name} (${instanceId}) failed: ${entry.output ?? ''}`);
    for (const message of entry.outgoing)
      if (message.kind === 'start') this.#warnIfTaken(message.start, instance);
    await this.#append(entry);
  }

  async #takeTurn(instance: Instance, start: TurnStart): Promise<TurnEntry | undefined> {
    const { instanceId, name, version } = instance;
    const verdict = judgeVersion(version, this.settings);
    if (verdict !== 'run') {
      const detail = `The orchestration's version '${version}' does not match the host's '${this.settings.defaultVersion}'.`;
      if (verdict === 'fail') return failedTurn(instance, start, detail);
      this.#options.log('warning', `${name} (${instanceId}) waits: ${detail}`);
      return undefined;
    }
    const functionName = this.#functions.find('orchestrator', name);
    if (functionName === undefined)
      return failedTurn(instance, start, noSuchFunction('orchestrator', name));
    const payload = orchestratorPayload(instance, start.fresh);
    this.#options.onTurn?.({
      instanceId,
      name: functionName,
      events: instance.history.length + start.fresh.length,
      bytes: Buffer.byteLength(payload),
    });
    const outcome = await this.#options.invoke({
      functionName,
      inputData: [{ name: '', data: { string: payload } }],
      triggerMetadata: {},
    });
    if ('lost' in outcome) {
      this.#tellOfLoss(`a turn of ${name} (${instanceId})`, outcome.againAfterMs);
      this.#lost.hide(start.consumed, outcome.againAfterMs, () => {
        this.#queueTurn(instanceId);
      });
      return undefined;
    }
    return endTurn(instance, start, outcome, this.settings);
  }

  #warnIfTaken({ instanceId, name }: Start, parent: Instance): void {
    const status = this.#table.get(instanceId)?.status;
    if (status === undefined || isTerminal(status)) return;
    this.#options.log(
      'warning',
      `${parent.name} (${parent.instanceId}) started ${name} under the id ${instanceId}, whose instance is ${status}: refused here; on Azure both run and spoil each other's state.`,
    );
  }

  #tellOfLoss(what: string, againAfterMs: number): void {
    this.#options.log(
      'warning',
      `A worker was lost with ${what}; it is handed out again in ${String(againAfterMs / 1000)} s.`,
    );
  }

  #report(error: unknown): void {
    // Once it stops, what cannot be written any more is found again by the next start. A journal that has failed fails all that comes after it, and was told of.
    if (this.#stopping || error instanceof JournalError) return;
    this.#options.log(
      'error',
      `the durable engine cannot go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  #failed({ message }: JournalError): void {
    if (this.#isJournalFailed) return;
    this.#isJournalFailed = true;
    // What waits would fail one after the other.
    this.#turns.stop();
    this.#activities.stop();
    this.#options.log('error', `the durable engine cannot go on: ${message}`);
    this.#options.onJournalFailed?.(message);
  }

  #checkIdle(): void {
    if (
      this.#idle.length === 0 ||
      this.#turns.size + this.#activities.size > 0 ||
      this.#journal?.isIdle === false
    )
      return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
