import { z } from 'zod';
import type { Clock } from '../../local/clock/clock.ts';
import type { Emulator, LoggedRequest } from '../../local/graph/createEmulator.ts';
import { InProcessCredential } from '../../local/graph/inProcessCredential.ts';
import type { JobBook } from '../../local/graph/jobBook.ts';
import { createDurableHost } from '../../local/host/durable/createDurableHost.ts';
import type { DurableHost } from '../../local/host/durable/durableHost.ts';
import { eventTypes } from '../../local/host/durable/historyEvent.ts';
import type { Entry } from '../../local/host/durable/instance.ts';
import type { Invocation, InvocationOutcome } from '../../local/host/invocation/invocation.ts';
import type { ActivityServices } from '../../orchestrations/activities/activityServices.ts';
import type { MigrationInput } from '../../shared/contracts/orchestrations.ts';
import { roundInstanceId } from '../../shared/domain/instanceIds.ts';
import { CallBudget } from '../../shared/graph/callBudget.ts';
import { createJobClient } from '../../shared/graph/createJobClient.ts';
import { createSharePointClient } from '../../shared/graph/createSharePointClient.ts';
import { sweep } from '../../shared/intake/sweep.ts';
import { auditedStores } from '../../shared/storage/auditedStores.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { hostRequest } from '../local/host/durable/hostRequest.ts';
import { functions, invokeApp } from './app.ts';
import type { CrashPlan } from './crashPlan.ts';
import { targetTenantId, user } from './drawScenario.ts';
import { sourceTenantId } from './drawSharePoint.ts';
import { type Guard, guardedGroups } from './guarded.ts';
import { batchKeyOf, type Ledger } from './ledger.ts';
import { JournalDisk, MemoryJournal } from './memoryJournal.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';
import { createTransport } from './transport.ts';

export interface HostOptions {
  readonly loop: SimulatedLoop;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly crashes: CrashPlan;
  readonly stores: Stores;
  readonly emulator: Emulator;
  readonly book: JobBook;
  readonly logged: ReadonlyMap<string, LoggedRequest>;
  readonly userTaskWrites: boolean;
  readonly slowRate: number;
  readonly maxParallelBatches: number;
  readonly maxQueuedMoves: number;
  /** The host's journal is synced before anything in it takes effect. */
  readonly syncsFirst: boolean;
  /** Switches a mechanism of the app off, for the tests of this simulation. */
  readonly sabotage: (services: ActivityServices) => ActivityServices;
}

/** What a function of the app has while its host lives. */
export interface FunctionServices extends ActivityServices {
  readonly start: (migrationId: string) => Promise<void>;
  readonly startRound: (migrationId: string, commandId: string) => Promise<void>;
  readonly ring: (instanceId: string) => Promise<void>;
}

interface Life {
  isAlive: boolean;
  readonly host: DurableHost;
  readonly services: FunctionServices;
  readonly died: Promise<'lost'>;
  readonly cancels: Set<() => void>;
}

const gateInputSchema = z.object({ migrationId: z.string(), batchId: z.string(), stage: z.string() });
const gateAnswerSchema = z.object({ kind: z.string() });
// Histories are bounded by design; one that grows makes every turn dearer than the last.
const longestHistory = 1_000;
const baseUrl = 'http://127.0.0.1:7080';

/** The host of a run: lives, dies at boundaries that the seed draws, and starts again on its journal. */
export class SimulatedHost {
  readonly #options: HostOptions;
  readonly #disk = new JournalDisk();
  #life: Life | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#life?.isAlive === true;
  }

  /** Starts on what the journal holds. */
  async open(): Promise<void> {
    this.#options.ledger.note('the host starts');
    const life = this.#newLife();
    this.#life = life;
    await life.host.start();
    // The sweep comes every five minutes for ever; what there is to sweep is there after a start, or never.
    for (const minutes of [1, 6, 11, 31]) this.#options.loop.schedule(this.#options.loop.now() + minutes * 60_000, () => void (life.isAlive ? sweep(life.services).catch(() => undefined) : undefined));
  }

  /** Lets a function do its work; `lost` when there is no host, or when it dies on the way. */
  ask<T>(work: (services: FunctionServices) => Promise<T>): Promise<T | 'lost'> {
    const life = this.#life;
    return life?.isAlive === true ? Promise.race([work(life.services), life.died]) : Promise.resolve('lost');
  }

  /** The instances that have not completed, with their status. */
  async unfinished(): Promise<readonly string[]> {
    const answer = await this.#life?.host.handle(hostRequest('GET', 'instances?top=10000&showInput=false'));
    const instances = z.array(z.object({ instanceId: z.string(), runtimeStatus: z.string(), output: z.unknown() })).parse(JSON.parse(answer?.body ?? '[]'));
    return instances.filter(({ runtimeStatus }) => runtimeStatus !== 'Completed').map(({ instanceId, runtimeStatus, output }) => `${instanceId} ${runtimeStatus} ${JSON.stringify(output)}`);
  }

  #newLife(): Life {
    const { loop, ledger, stores, emulator, sabotage, maxParallelBatches, maxQueuedMoves, userTaskWrites } = this.#options;
    let die: (lost: 'lost') => void = () => undefined;
    const died = new Promise<'lost'>((resolve) => {
      die = resolve;
    });
    const boundary = (label: string): boolean => {
      if (life.isAlive && this.#options.crashes.shouldDie(label)) {
        this.#die(life, label);
        die('lost');
      }
      return life.isAlive;
    };
    const guard: Guard = async (label, work) => {
      await loop.turn();
      if (!boundary(`before ${label}`)) return never();
      try {
        const value = await work();
        return boundary(`after ${label}`) ? value : await never();
      } catch (error) {
        if (!boundary(`after ${label}`)) return never();
        throw error;
      }
    };
    const httpClient = createTransport({ ...this.#options, guard, isAlive: () => life.isAlive });
    const nowMs = (): number => loop.now();
    const targetBudget = new CallBudget(nowMs);
    const credentialOf = (tenantId: string): InProcessCredential => new InProcessCredential(emulator, { baseUrl, tenantId, clientId: user(0), nowMs });
    const targetCredential = credentialOf(targetTenantId);
    const jobs = createJobClient({ config: { graph: { baseUrl, jobsVersion: 'v1.0' } }, credential: targetCredential, httpClient, nowMs, budget: targetBudget });
    const sharePoint = createSharePointClient({ config: { graph: { baseUrl } }, sourceCredential: credentialOf(sourceTenantId), targetCredential, httpClient, nowMs, targetBudget });
    const honest = sabotage({ stores, jobs, sharePoint, maxParallelBatches, maxQueuedMoves, userTaskWrites, nowMs });
    const services: ActivityServices = { ...honest, stores: auditedStores(guardedGroups(honest.stores, guard)) };
    const clock: Clock = {
      now: () => loop.now(),
      schedule: (atMs, callback) => {
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
      openJournal: (options) => Promise.resolve(new MemoryJournal(this.#disk, loop, { boundary, written: (entry) => this.#written(entry), syncsFirst: this.#options.syncsFirst }, options)),
      functions,
      invoke: (invocation) => this.#invoke(invocation, services),
      settings: {},
      onTurn: ({ name, events }) => {
        if (events <= longestHistory) return;
        ledger.hostErrors.push(`the history of a ${name} grows beyond ${String(longestHistory)} events`);
        loop.stop();
      },
      log: (level, message) => {
        if (level === 'error') ledger.hostErrors.push(message);
      },
    });
    const start = async (instanceId: string, input: MigrationInput): Promise<void> => {
      const { status, body } = await host.handle(hostRequest('POST', `orchestrators/migration/${instanceId}`, input));
      if (status !== 202 && status !== 409) throw new Error(`the start was answered with ${String(status)} ${body}`);
    };
    const life: Life = {
      isAlive: true,
      host,
      died,
      cancels: new Set(),
      services: {
        ...services,
        start: (migrationId) => start(migrationId, { migrationId, round: null }),
        startRound: (migrationId, round) => start(roundInstanceId(migrationId, round), { migrationId, round }),
        ring: async (instanceId) => {
          await host.handle(hostRequest('POST', `instances/${instanceId}/raiseEvent/command`, null));
        },
      },
    };
    return life;
  }

  async #invoke(invocation: Invocation, services: ActivityServices): Promise<InvocationOutcome> {
    if (invocation.functionName !== 'readGate') return invokeApp(invocation, services);
    const { ledger } = this.#options;
    const startSeq = ledger.tick();
    const outcome = await invokeApp(invocation, services);
    const { migrationId, batchId, stage } = gateInputSchema.parse(JSON.parse(invocation.inputData[0]?.data.string ?? ''));
    if (outcome.ok) ledger.gateLooks.push({ batchKey: batchKeyOf(migrationId, batchId), stage, startSeq, kind: gateAnswerSchema.parse(outcome.result).kind });
    return outcome;
  }

  #die(life: Life, label: string): void {
    const { loop, ledger, crashes } = this.#options;
    life.isAlive = false;
    for (const cancel of life.cancels) cancel();
    ledger.forget();
    ledger.cover(`crash|${label}`);
    const seconds = crashes.downSeconds();
    ledger.note(`the host dies ${label}, for ${String(seconds)} s`);
    loop.schedule(loop.now() + seconds * 1_000, () => void this.open());
  }

  #written(entry: Entry): void {
    if (entry.t !== 'send' || entry.message.kind !== 'event') return;
    const { to, event } = entry.message;
    if (event.EventType === eventTypes.taskCompleted || event.EventType === eventTypes.taskFailed) this.#options.ledger.written(to);
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
