import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DurableOptions } from './durableHost.ts';
import { type DurableSettings, parseDurableSettings } from './durableSettings.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Entry, type Instance, isTerminal, type Outgoing } from './instance.ts';
import { InstanceTable } from './instanceTable.ts';
import { Journal } from './journal.ts';
import { takeLock } from './lockFile.ts';
import { orchestratorPayload } from './orchestratorPayload.ts';
import { runActivity } from './runActivity.ts';
import { endTurn, failedTurn, startTurn, terminatedTurn, type TurnEntry, type TurnOptions, type TurnStart } from './turn.ts';
import { WorkQueue } from './workQueue.ts';

/**
 * Executes orchestrations: an instance with unread messages takes a turn; what the turn changes is one journal entry; only
 * what the journal holds is dispatched. Activities run at least once, everything else exactly once.
 */
export class Engine {
  readonly settings: DurableSettings;
  readonly #options: DurableOptions;
  readonly #table = new InstanceTable();
  readonly #functions = new Map<string, { readonly name: string; readonly kind: 'orchestrator' | 'activity' }>();
  readonly #turns: WorkQueue;
  readonly #activities: WorkQueue;
  /** What has been dispatched and not ended: `instance execution id` → how to call it off. */
  readonly #timers = new Map<string, () => void>();
  readonly #running = new Set<string>();
  readonly #idle: (() => void)[] = [];
  #journal: Journal | undefined;
  #releaseLock: () => void = () => undefined;
  #stopping = false;

  constructor(options: DurableOptions) {
    this.#options = options;
    this.settings = parseDurableSettings(options.settings);
    for (const { name, bindings } of options.functions) {
      const types = Object.values(bindings).map(({ type }) => type.toLowerCase());
      for (const kind of ['orchestrator', 'activity'] as const) {
        const trigger = kind === 'orchestrator' ? 'orchestrationtrigger' : 'activitytrigger';
        if (types.includes(trigger)) this.#functions.set(`${kind} ${name.toLowerCase()}`, { name, kind });
      }
    }
    const check = (): void => {
      this.#checkIdle();
    };
    const report = (error: unknown): void => {
      this.#report(error);
    };
    this.#turns = new WorkQueue(this.settings.maxConcurrentOrchestratorFunctions, check, report);
    this.#activities = new WorkQueue(this.settings.maxConcurrentActivityFunctions, check, report);
  }

  async start(): Promise<void> {
    mkdirSync(this.#options.dataDir, { recursive: true });
    this.#releaseLock = takeLock(join(this.#options.dataDir, 'lock'));
    try {
      this.#journal = await Journal.open({
        file: join(this.#options.dataDir, 'journal.jsonl'),
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
    for (const { instanceId } of this.#table.all()) this.#dispatch(instanceId);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#turns.stop();
    this.#activities.stop();
    await Promise.all([this.#turns.settled(), this.#activities.settled()]);
    await this.#journal?.close();
    this.#journal = undefined;
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
    return this.#functions.has(`orchestrator ${name.toLowerCase()}`);
  }

  /** Writes a message and lets it take effect. */
  async send(message: Outgoing): Promise<void> {
    await this.#append({ t: 'send', message });
  }

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
    if (this.#journal === undefined) throw new Error('the host is stopping; send the request again when it is back');
    await this.#journal.append(entry, () => {
      for (const instanceId of this.#table.apply(entry)) this.#dispatch(instanceId);
    });
    this.#checkIdle();
  }

  /** Sets to work all that an instance's row asks for and that is not under way. */
  #dispatch(instanceId: string): void {
    if (this.#stopping) return;
    const instance = this.#table.get(instanceId);
    if (instance === undefined) return;
    if (instance.inbox.length > 0 && !isTerminal(instance.status)) this.#turns.add(instanceId, () => this.#turn(instanceId));
    this.#startWork(instance);
  }

  #startWork(instance: Instance): void {
    const { instanceId, executionId, history, inbox } = instance;
    const ended = new Set<number | undefined>();
    for (const { TaskScheduledId, TimerId } of history) ended.add(TaskScheduledId).add(TimerId);
    for (const { event } of inbox) ended.add(event.TaskScheduledId).add(event.TimerId);
    const dead = isTerminal(instance.status);
    const prefix = `${instanceId} ${executionId} `;
    for (const event of history) {
      const key = `${prefix}${String(event.EventId)}`;
      if (event.EventType === eventTypes.taskScheduled && !dead && !ended.has(event.EventId) && !this.#running.has(key)) {
        this.#running.add(key);
        this.#activities.add(key, () => this.#activity(instance, event, key));
      }
      if (event.EventType === eventTypes.timerCreated) this.#timer(instance, event, key, dead || ended.has(event.EventId));
    }
  }

  #timer({ instanceId, executionId, cancelledTimers }: Instance, event: HistoryEvent, key: string, isOver: boolean): void {
    const armed = this.#timers.get(key);
    if (isOver || cancelledTimers.includes(event.EventId)) {
      armed?.();
      this.#timers.delete(key);
      return;
    }
    if (armed !== undefined) return;
    const fireAt = event.FireAt ?? event.Timestamp;
    const fire = (): void => {
      this.#timers.delete(key);
      const fired: HistoryEvent = { EventType: eventTypes.timerFired, EventId: -1, Timestamp: this.timestamp(), TimerId: event.EventId, FireAt: fireAt };
      this.send({ kind: 'event', to: instanceId, executionId, event: fired }).catch((error: unknown) => {
        this.#report(error);
      });
    };
    this.#timers.set(key, this.#options.clock.schedule(Date.parse(fireAt), fire));
  }

  async #activity({ instanceId, executionId }: Instance, event: HistoryEvent, key: string): Promise<void> {
    const current = this.#table.get(instanceId);
    // Terminated or continued as new while it waited for its turn: nobody wants the result.
    if (current?.executionId === executionId && !isTerminal(current.status)) {
      const name = this.#functions.get(`activity ${(event.Name ?? '').toLowerCase()}`)?.name;
      const end = await runActivity(event, instanceId, name, this.#options.invoke);
      // A host that is stopping has not heard the result: the activity runs again after the next start.
      if (!this.#stopping) await this.send({ kind: 'event', to: instanceId, executionId, event: { ...end, Timestamp: this.timestamp() } });
    }
    this.#running.delete(key);
  }

  async #turn(instanceId: string): Promise<void> {
    const instance = this.#table.get(instanceId);
    if (instance === undefined || isTerminal(instance.status)) return;
    const nowMs = this.nowMs();
    const start = startTurn(instance, nowMs);
    if (start === undefined || this.#waitsForVersion(instance)) return;
    const options: TurnOptions = {
      timestamp: new Date(nowMs).toISOString(),
      atMs: nowMs,
      defaultVersion: this.settings.defaultVersion,
      maxOrchestrationActions: this.settings.maxOrchestrationActions,
    };
    const entry = await this.#takeTurn(instance, start, options);
    if (entry.status === 'Failed') this.#options.log('error', `${instance.name} (${instanceId}) failed: ${entry.output ?? ''}`);
    await this.#append(entry);
  }

  async #takeTurn(instance: Instance, start: TurnStart, options: TurnOptions): Promise<TurnEntry> {
    if (start.terminated !== undefined) return terminatedTurn(instance, start, start.terminated.Input ?? '', options);
    const found = this.#functions.get(`orchestrator ${instance.name.toLowerCase()}`);
    if (found === undefined) return failedTurn(instance, start, `The function '${instance.name}' doesn't exist, is disabled, or is not an orchestrator function.`, options);
    if (this.#refusesVersion(instance)) {
      return failedTurn(instance, start, `The orchestration's version '${instance.version}' does not match the host's '${this.settings.defaultVersion}'.`, options);
    }
    const payload = orchestratorPayload(instance, start.fresh);
    this.#options.onTurn?.({
      instanceId: instance.instanceId,
      name: found.name,
      events: instance.history.length + start.fresh.length,
      bytes: Buffer.byteLength(payload),
    });
    const outcome = await this.#options.invoke({ functionName: found.name, inputData: [{ name: '', data: { string: payload } }], triggerMetadata: {} });
    return endTurn(instance, start, outcome, options);
  }

  #mismatches({ version }: Instance): boolean {
    const { versionMatchStrategy, defaultVersion } = this.settings;
    if (versionMatchStrategy === 'None') return false;
    if (versionMatchStrategy === 'Strict') return version !== defaultVersion;
    return version.localeCompare(defaultVersion, 'en', { numeric: true }) > 0;
  }

  #refusesVersion(instance: Instance): boolean {
    return this.#mismatches(instance) && this.settings.versionFailureStrategy === 'Fail';
  }

  #waitsForVersion(instance: Instance): boolean {
    return this.#mismatches(instance) && this.settings.versionFailureStrategy === 'Reject';
  }

  #report(error: unknown): void {
    // Once it stops, what cannot be written any more is found again by the next start.
    if (this.#stopping) return;
    this.#options.log('error', `the durable engine cannot go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  #checkIdle(): void {
    if (this.#idle.length === 0 || this.#turns.size + this.#activities.size > 0 || this.#journal?.isIdle === false) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
