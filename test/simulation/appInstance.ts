import type {
  InterruptedInvocation,
  Invocation,
  InvocationOutcome,
} from '../../local/functions-host/index.ts';
import {
  type Emulator,
  InProcessCredential,
  type JobStore,
  type LoggedRequest,
} from '../../local/graph-emulator/index.ts';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { createJobClient } from '../../shared/graph/jobs.ts';
import { createSharePointClient } from '../../shared/graph/sharePointClient.ts';
import { CallBudget } from '../../shared/graph/tenant.ts';
import { auditedStores } from '../../shared/storage/auditEntries.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { invokeApp, isOrchestrator } from './app.ts';
import type { Crash } from './crashPlan.ts';
import { targetTenantId, user } from './drawScenario.ts';
import { sourceTenantId } from './drawSharePoint.ts';
import { type Guard, guardedGroups } from './guarded.ts';
import type { Ledger } from './ledger.ts';
import type { Release } from './nextRelease.ts';
import { recordedStores } from './recordedStores.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';
import { createTransport } from './transport.ts';

export interface InstanceOptions {
  readonly loop: SimulatedLoop;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  readonly stores: Stores;
  readonly emulator: Emulator;
  readonly book: JobStore;
  readonly logged: ReadonlyMap<string, LoggedRequest>;
  readonly userTaskWrites: boolean;
  readonly slowRate: number;
  readonly maxParallelBatches: number;
  readonly maxQueuedMoves: number;
  /** Switches a mechanism of the app off, for the tests of this simulation. */
  readonly sabotage: (services: ActivityServices) => ActivityServices;
  readonly release: Release;
  /** What dies at this boundary; undefined for nothing. */
  readonly crashAt: (label: string) => Crash | undefined;
  /** The whole host dies at a boundary of this instance. */
  readonly onHostCrash: (label: string) => void;
  /** The instance has died, or is thought dead. */
  readonly onLost: (instance: AppInstance, label: string, crash: 'instance' | 'stall') => void;
  readonly stallMs: () => number;
  readonly isHeardLate: () => boolean;
}

// The visibility time-out of a work item on Azure.
const visibilityMs = 300_000;
const baseUrl = 'http://127.0.0.1:7080';

/** One process of the app: with clients, tokens, call budgets and view of the stores of its own. It lives, dies at boundaries that the seed draws, or stalls and goes on. */
export class AppInstance {
  readonly #options: InstanceOptions;
  readonly #lost = new Set<(late: boolean) => void>();
  #isAlive = true;
  #isLost = false;
  #stalledUntilMs = 0;
  /** The number of the moment at which it began, by which the ledger knows it. */
  readonly life: number;
  readonly services: ActivityServices;

  constructor(options: InstanceOptions) {
    this.#options = options;
    const {
      loop,
      ledger,
      emulator,
      sabotage,
      maxParallelBatches,
      maxQueuedMoves,
      userTaskWrites,
      release,
    } = options;
    this.life = ledger.tick();
    const guard: Guard = (label, work) => this.#guarded(label, work);
    const httpClient = createTransport({
      ...options,
      guard,
      life: this.life,
      isAlive: () => this.#isAlive,
      isHeeded: () => !this.#isLost,
    });
    const nowMs = (): number => loop.now();
    const targetBudget = new CallBudget(nowMs);
    const credentialOf = (tenantId: string): InProcessCredential =>
      new InProcessCredential(emulator, { baseUrl, tenantId, clientId: user(0), nowMs });
    const targetCredential = credentialOf(targetTenantId);
    const jobs = createJobClient({
      config: { graph: { baseUrl, jobsVersion: 'v1.0' } },
      credential: targetCredential,
      httpClient,
      nowMs,
      budget: targetBudget,
    });
    const sharePoint = createSharePointClient({
      config: { graph: { baseUrl } },
      sourceCredential: credentialOf(sourceTenantId),
      targetCredential,
      httpClient,
      nowMs,
      targetBudget,
    });
    const stores = recordedStores(release.stores(options.stores), ledger, nowMs);
    const honest = sabotage({
      stores,
      jobs,
      sharePoint,
      maxParallelBatches,
      maxQueuedMoves,
      userTaskWrites,
      warn: (text) => ledger.note(`warning: ${text}`),
      nowMs,
    });
    this.services = { ...honest, stores: auditedStores(guardedGroups(honest.stores, guard)) };
  }

  get release(): Release {
    return this.#options.release;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Runs a function of the app; lost when the instance dies on the way. Never rejects. */
  invoke(invocation: Invocation): Promise<InvocationOutcome | InterruptedInvocation> {
    return this.#untilLost<InvocationOutcome | InterruptedInvocation>(
      () => this.#run(invocation),
      (late, work) => ({
        ok: false,
        interrupted: true,
        redeliverAfterMs: visibilityMs,
        ...(late
          ? { late: work.then((outcome) => ('interrupted' in outcome ? never() : outcome)) }
          : {}),
      }),
    );
  }

  /** Lets a function with another trigger do its work; `lost` when the instance dies on the way. */
  ask<T>(work: (services: ActivityServices) => Promise<T>): Promise<T | 'lost'> {
    return this.#untilLost<T | 'lost'>(
      () => work(this.services),
      () => 'lost',
    );
  }

  /** The instance is gone, as when its machine loses power. */
  die(): void {
    this.#isAlive = false;
    this.#lose(false);
  }

  async #run(invocation: Invocation): Promise<InvocationOutcome> {
    const { release } = this.#options;
    const startSeq = this.#options.ledger.tick();
    if (!isOrchestrator(invocation.functionName))
      return release.invoke(invocation, (one) => invokeApp(one, this.services, startSeq));
    const label = `turn ${invocation.functionName}`;
    if (!this.#boundary(`before ${label}`)) return never();
    const outcome = await release.invoke(invocation, (one) => invokeApp(one, this.services));
    return this.#boundary(`after ${label}`) ? outcome : never();
  }

  #untilLost<T>(work: () => Promise<T>, lost: (late: boolean, work: Promise<T>) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let end: (value: T) => void = () => undefined;
      const done = new Promise<T>((resolveDone) => {
        end = resolveDone;
      });
      const onLost = (late: boolean): void => {
        resolve(lost(late, done));
      };
      this.#lost.add(onLost);
      work().then(
        (value) => {
          this.#lost.delete(onLost);
          end(value);
          resolve(value);
        },
        (error: unknown) => {
          this.#lost.delete(onLost);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  async #guarded<T>(label: string, work: () => Promise<T>): Promise<T> {
    await this.#options.loop.turn();
    if (!this.#boundary(`before ${label}`)) return never();
    await this.#stalled();
    try {
      const value = await work();
      if (!this.#boundary(`after ${label}`)) return await never();
      await this.#stalled();
      return value;
    } catch (error) {
      if (!this.#boundary(`after ${label}`)) return never();
      throw error;
    }
  }

  /** False when the instance is dead (now). */
  #boundary(label: string): boolean {
    if (!this.#isAlive) return false;
    const { crashAt, onHostCrash, onLost, stallMs, isHeardLate, loop } = this.#options;
    const crash = crashAt(label);
    if (crash === 'host') onHostCrash(label);
    // One that is thought dead already can only die.
    else if (crash === 'instance' || (crash === 'stall' && this.#isLost)) {
      this.die();
      onLost(this, label, 'instance');
    } else if (crash === 'stall') {
      this.#stalledUntilMs = loop.now() + stallMs();
      this.#lose(isHeardLate());
      onLost(this, label, 'stall');
    }
    return this.#isAlive;
  }

  async #stalled(): Promise<void> {
    const remainingMs = this.#stalledUntilMs - this.#options.loop.now();
    if (remainingMs > 0) await this.#options.loop.wait(remainingMs);
    // It has died while it stood still.
    if (!this.#isAlive) await never();
  }

  #lose(late: boolean): void {
    this.#isLost = true;
    this.#options.ledger.forget(this.life);
    for (const onLost of this.#lost) onLost(late);
    this.#lost.clear();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
