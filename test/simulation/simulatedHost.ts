import { z } from 'zod';
import type { Clock } from '../../local/clock/clock.ts';
import {
  createDurableHost,
  type DurableHost,
  type Entry,
  eventTypes,
  type InterruptedInvocation,
  type Invocation,
  type InvocationOutcome,
  managementRequest,
} from '../../local/functions-host/index.ts';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { type InstanceState, sweep } from '../../orchestrations/sweep.ts';
import { runInstanceId } from '../../shared/contracts/ids.ts';
import type { MigrationInput } from '../../shared/contracts/internal/batch.ts';
import { functions } from './app.ts';
import { AppInstance, type InstanceOptions } from './appInstance.ts';
import type { CrashPlan } from './crashPlan.ts';
import { hasWaitedOnly } from './eventOnly.ts';
import { batchKeyOf } from './ledger.ts';
import { JournalDisk, MemoryJournal } from './memoryJournal.ts';
import type { Release } from './nextRelease.ts';
import type { SeededRandom } from './seededRandom.ts';

export interface HostOptions extends Omit<
  InstanceOptions,
  'release' | 'crashAt' | 'onHostCrash' | 'onLost' | 'stallMs' | 'isHeardLate'
> {
  readonly crashes: CrashPlan;
  /** Which instance gets what. */
  readonly dispatch: SeededRandom;
  /** How long before its due time a durable timer fires. */
  readonly timerLeadMs: () => number;
  /** How many instances run the app, and by which release each of them begins. */
  readonly releases: readonly Release[];
  /** The host's journal is synced before anything in it takes effect. */
  readonly syncsFirst: boolean;
  /** The work of an instance that is lost is handed out again. */
  readonly handsOutAgain: boolean;
}

/** What a function of the app has while its host lives. */
export interface FunctionServices extends ActivityServices {
  readonly start: (migrationId: string) => Promise<void>;
  readonly startRun: (migrationId: string, commandId: string) => Promise<void>;
  readonly wakeUp: (instanceId: string) => Promise<void>;
  readonly statusOf: (instanceId: string) => Promise<InstanceState>;
  readonly resume: (migrationId: string, runCommandId: string | null) => Promise<void>;
}

/** The engine between two crashes of the whole host. */
interface Life {
  isAlive: boolean;
  readonly host: DurableHost;
  readonly cancels: Set<() => void>;
  /** All that were started, also those that take nothing any more. */
  readonly instances: Set<AppInstance>;
}

/** Where one of the app's instances runs: the one that has died is followed by another one. */
interface Slot {
  instance: AppInstance | undefined;
  release: Release;
}

const checkpointInputSchema = z.object({
  migrationId: z.string(),
  batchId: z.string(),
  stage: z.string(),
});
const gateAnswerSchema = z.object({ kind: z.string() });
// Histories are bounded by design; one that grows makes every turn dearer than the last.
const longestHistory = 1_000;
// A work item that nobody hands out again: longer than a run.
const neverMs = 1e12;

/**
 * The host of a run: one durable engine on its journal and several instances of the app, which share its work. The whole of it
 * dies at boundaries that the seed draws, and starts again on the journal; or one instance dies, and the others go on.
 */
export class SimulatedHost {
  readonly #options: HostOptions;
  readonly #disk = new JournalDisk();
  readonly #slots: readonly Slot[];
  readonly #waiting: (() => void)[] = [];
  #life: Life | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#slots = options.releases.map((release) => ({ release, instance: undefined }));
  }

  /** Whether there is an instance of the app that could take something. */
  get isUp(): boolean {
    return (
      this.#life?.isAlive === true && this.#slots.some(({ instance }) => instance !== undefined)
    );
  }

  /** Starts on what the journal holds. */
  async open(): Promise<void> {
    this.#options.ledger.note('the host starts');
    const life = this.#newLife();
    this.#life = life;
    await life.host.start();
    for (const slot of this.#slots) if (life.isAlive) this.#startInstance(slot);
  }

  /** Lets a function do its work on one of the instances; `lost` when there is none, or when it dies on the way. */
  ask<T>(work: (services: FunctionServices) => Promise<T>): Promise<T | 'lost'> {
    const instance = this.#anyInstance();
    return instance === undefined
      ? Promise.resolve('lost')
      : instance.ask((services) => work(this.#functionServices(services)));
  }

  /** Puts another release on all instances, one after the other, `gapMs` apart. What an instance has in hand it brings to an end. */
  async deploy(release: Release, gapMs: number): Promise<void> {
    const { ledger, loop } = this.#options;
    ledger.note(`the release ${release.name} is deployed, ${String(gapMs / 1_000)} s apart`);
    for (const slot of this.#slots) {
      slot.release = release;
      if (slot.instance !== undefined) this.#startInstance(slot);
      if (gapMs > 0) await loop.wait(gapMs);
    }
  }

  /** The instances that have not completed, with their status. */
  async unfinished(): Promise<readonly string[]> {
    const answer = await this.#life?.host.handle(
      managementRequest('GET', 'instances?top=10000&showInput=false'),
    );
    const instances = z
      .array(z.object({ instanceId: z.string(), runtimeStatus: z.string(), output: z.unknown() }))
      .parse(JSON.parse(answer?.body ?? '[]'));
    return instances
      .filter(({ runtimeStatus }) => runtimeStatus !== 'Completed')
      .map(
        ({ instanceId, runtimeStatus, output }) =>
          `${instanceId} ${runtimeStatus} ${JSON.stringify(output)}`,
      );
  }

  #newLife(): Life {
    const { loop, ledger, crashes } = this.#options;
    const boundary = (label: string): boolean => {
      if (life.isAlive && crashes.crashAt(label) !== undefined) this.#die(label);
      return life.isAlive;
    };
    const clock: Clock = {
      now: () => loop.now(),
      schedule: (atMs, callback) => {
        if (!life.isAlive) return () => undefined;
        const cancel = loop.schedule(atMs, () => {
          life.cancels.delete(cancel);
          callback();
        });
        life.cancels.add(cancel);
        return cancel;
      },
    };
    const host = createDurableHost({
      clock,
      dataDir: '',
      openJournal: (options) =>
        Promise.resolve(
          new MemoryJournal(
            this.#disk,
            loop,
            {
              boundary,
              written: (entry) => this.#written(entry),
              syncsFirst: this.#options.syncsFirst,
            },
            options,
          ),
        ),
      functions,
      invoke: (invocation) => this.#invoke(invocation, life),
      settings: {},
      quirks: { timerLeadMs: this.#options.timerLeadMs },
      onTurn: ({ name, events }) => {
        if (events <= longestHistory) return;
        ledger.hostErrors.push(
          `the history of a ${name} grows beyond ${String(longestHistory)} events`,
        );
        loop.stop();
      },
      log: (level, message) => {
        if (level === 'error') ledger.hostErrors.push(message);
      },
    });
    const life: Life = { isAlive: true, host, cancels: new Set(), instances: new Set() };
    return life;
  }

  /** Starts an instance in a slot; one that is there takes nothing more and brings to an end what it has in hand. */
  #startInstance(slot: Slot): void {
    const { crashes, ledger, loop } = this.#options;
    const { release } = slot;
    const life = this.#life;
    slot.instance = new AppInstance({
      ...this.#options,
      release,
      crashAt: (label) => crashes.crashAt(label),
      onHostCrash: (label) => {
        if (life === this.#life) this.#die(label);
      },
      onLost: (instance, label, crash) => {
        const seconds = crashes.downSeconds();
        ledger.cover(`lost|${crash}|${label}`);
        ledger.note(
          `instance ${String(instance.life)} ${crash === 'stall' ? 'stalls' : 'dies'} ${label}, another one comes in ${String(seconds)} s`,
        );
        // The one that brings its work to an end after a deployment has its successor already.
        if (slot.instance !== instance) return;
        slot.instance = undefined;
        loop.schedule(loop.now() + seconds * 1_000, () => {
          if (life?.isAlive === true && slot.instance === undefined) this.#startInstance(slot);
        });
      },
      stallMs: () => crashes.stallMs(),
      isHeardLate: () => crashes.isHeardLate(),
    });
    life?.instances.add(slot.instance);
    ledger.note(`instance ${String(slot.instance.life)} starts (${release.name})`);
    for (const go of this.#waiting.splice(0)) go();
    // The sweep comes every five minutes for ever; what there is to sweep is there after a start, or never.
    for (const minutes of [1, 6, 11, 31])
      loop.schedule(
        loop.now() + minutes * 60_000,
        () =>
          void (life?.isAlive === true
            ? this.ask((services) => sweep(services)).catch(() => undefined)
            : undefined),
      );
  }

  #anyInstance(): AppInstance | undefined {
    const instances = this.#slots.flatMap(({ instance }) => instance ?? []);
    return instances.length < 2 ? instances[0] : this.#options.dispatch.pick(instances);
  }

  #functionServices(services: ActivityServices): FunctionServices {
    const handle = async (
      method: string,
      path: string,
      body?: unknown,
    ): Promise<{ readonly status: number; readonly body: string }> => {
      if (this.#life?.isAlive !== true) throw new Error('the host is down');
      return this.#life.host.handle(managementRequest(method, path, body));
    };
    const call = (path: string, body: unknown): ReturnType<typeof handle> =>
      handle('POST', path, body);
    const start = async (instanceId: string, input: MigrationInput): Promise<void> => {
      const { status, body } = await call(`orchestrators/migration/${instanceId}`, input);
      if (status !== 202 && status !== 409)
        throw new Error(`the start was answered with ${String(status)} ${body}`);
    };
    return {
      ...services,
      start: (migrationId) => start(migrationId, { migrationId, runCommandId: null }),
      startRun: (migrationId, runCommandId) =>
        start(runInstanceId(migrationId, runCommandId), { migrationId, runCommandId }),
      wakeUp: async (instanceId) => {
        await call(`instances/${instanceId}/raiseEvent/command`, null);
      },
      resume: async (migrationId, runCommandId) => {
        this.#options.ledger.note(`the sweep starts ${migrationId} ${runCommandId ?? ''} again`);
        this.#options.ledger.resumed.push({ migrationId, runCommandId });
        await start(
          runCommandId === null ? migrationId : runInstanceId(migrationId, runCommandId),
          {
            migrationId,
            runCommandId,
            resumes: true,
          },
        );
      },
      statusOf: async (instanceId) =>
        instanceStateOf(await handle('GET', `instances/${instanceId}?showInput=false`)),
    };
  }

  async #invoke(
    invocation: Invocation,
    life: Life,
  ): Promise<InvocationOutcome | InterruptedInvocation> {
    let instance = this.#anyInstance();
    while (instance === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      instance = this.#anyInstance();
    }
    const startSeq = this.#options.ledger.tick();
    const outcome = await instance.invoke(invocation);
    if (!life.isAlive) return new Promise(() => undefined);
    if (!('interrupted' in outcome)) return this.#heard(invocation, startSeq, outcome);
    const { late } = outcome;
    const again: InterruptedInvocation = this.#options.handsOutAgain
      ? outcome
      : { ...outcome, redeliverAfterMs: neverMs };
    return late === undefined
      ? again
      : { ...again, late: late.then((answer) => this.#heard(invocation, startSeq, answer)) };
  }

  /** Writes down what a look at the gate has come to, once the engine hears of it. */
  #heard(invocation: Invocation, startSeq: number, outcome: InvocationOutcome): InvocationOutcome {
    if (!outcome.ok)
      this.#options.ledger.note(
        `${invocation.functionName} failed: ${String(outcome.error).slice(0, 200)}`,
      );
    if (hasWaitedOnly(outcome))
      this.#options.ledger.hostErrors.push(
        `a generation of ${invocation.functionName} waits for an event and does nothing else`,
      );
    if (invocation.functionName !== 'readCheckpoint' || !outcome.ok) return outcome;
    const { migrationId, batchId, stage } = checkpointInputSchema.parse(
      JSON.parse(invocation.inputData[0]?.data.string ?? ''),
    );
    this.#options.ledger.gateLooks.push({
      batchKey: batchKeyOf(migrationId, batchId),
      stage,
      startSeq,
      kind: gateAnswerSchema.parse(outcome.result).kind,
    });
    return outcome;
  }

  #die(label: string): void {
    const { loop, ledger, crashes } = this.#options;
    const life = this.#life;
    if (life?.isAlive !== true) return;
    life.isAlive = false;
    for (const cancel of life.cancels) cancel();
    for (const instance of life.instances) instance.die();
    for (const slot of this.#slots) slot.instance = undefined;
    this.#waiting.splice(0);
    ledger.cover(`crash|${label}`);
    const seconds = crashes.downSeconds();
    ledger.note(`the host dies ${label}, for ${String(seconds)} s`);
    loop.schedule(loop.now() + seconds * 1_000, () => void this.open());
  }

  #written(entry: Entry): void {
    if (entry.t !== 'send' || entry.message.kind !== 'event') return;
    const { to, event } = entry.message;
    if (event.EventType === eventTypes.taskCompleted || event.EventType === eventTypes.taskFailed)
      this.#options.ledger.written(to);
  }
}

/** How an orchestration stands, as the host's answer to a status query says. */
export function instanceStateOf({
  status,
  body,
}: {
  readonly status: number;
  readonly body: string;
}): InstanceState {
  if (status === 404) return 'missing';
  const { runtimeStatus } = z.object({ runtimeStatus: z.string() }).parse(JSON.parse(body));
  return ['Completed', 'Failed', 'Terminated', 'Canceled'].includes(runtimeStatus)
    ? 'ended'
    : 'alive';
}
