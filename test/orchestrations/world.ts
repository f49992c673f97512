import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';
import { SteppedClock } from '../../local/clock/steppedClock.ts';
import type { DurableInvoke } from '../../local/functions-host/index.ts';
import {
  type EngineUnderTest,
  invoke,
  type OnInvoked,
  openEngine,
  startMs,
} from '../../local/functions-host/test/durable/engineHarness.ts';
import { JournalInMemory } from '../../local/functions-host/test/durable/journalInMemory.ts';
import {
  createEmulator,
  type FaultPlan,
  InProcessCredential,
  inProcessHttpClient,
  type Interference,
  type LoggedRequest,
  type Scenario,
  scenarioSchema,
} from '../../local/graph-emulator/index.ts';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { acceptCommand } from '../../orchestrations/commands/accept.ts';
import type {
  CommandAcceptance,
  CommandRequest,
} from '../../orchestrations/commands/commandDefinition.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import { runInstanceId } from '../../shared/contracts/ids.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { commandsWithResults } from '../../shared/domain/commands.ts';
import { createJobClient } from '../../shared/graph/jobs.ts';
import { createSharePointClient } from '../../shared/graph/sharePointClient.ts';
import { acceptRequest } from '../../shared/intake/acceptRequest.ts';
import { auditedStores } from '../../shared/storage/auditEntries.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { onlyRelease, type Release } from '../simulation/nextRelease.ts';

let current: (() => ActivityServices) | undefined;
// After the harness, which gives the library its core module: the library looks it up only once.
const { registerOrchestrations } = await import('../../orchestrations/register.ts');
registerOrchestrations(() => {
  if (current === undefined) throw new Error('no world is open');
  return current();
});

const baseUrl = 'http://127.0.0.1:7080';
const sourceTenantId = '11111111-2222-3333-4444-555555555555';
const logSchema = z.object({
  value: z.array(
    z.looseObject({
      method: z.string(),
      path: z.string(),
      status: z.number(),
      effect: z.string().nullable(),
    }),
  ),
});
const jobsSchema = z.object({
  value: z.array(
    z.object({
      id: z.string(),
      displayName: z.string(),
      status: z.string(),
      resources: z.array(z.string()),
    }),
  ),
});

/** The whole app on a clock that stands still: real orchestrations and activities, the emulator, stores in memory. */
export interface World {
  readonly clock: SteppedClock;
  readonly engine: EngineUnderTest;
  readonly stores: MemoryStores;
  readonly services: ActivityServices;
  /** Accepts a request for users 1 to `count`; returns the migration's id. */
  accept(count: number, changes?: object): Promise<string>;
  /** Accepts a SharePoint request for tasks with these parameters; returns the migration's id. */
  acceptSharePoint(tasks: readonly object[], changes?: object): Promise<string>;
  /** Asks something of a migration, as the functions do. */
  ask(
    id: string,
    kind: CommandKind,
    members?: Partial<CommandRequest>,
    key?: string,
  ): Promise<CommandAcceptance>;
  /** What the activities have warned of in the log. */
  readonly warned: readonly string[];
  /** What became of the commands: `kind state`. */
  answers(id: string): Promise<readonly string[]>;
  migration(id: string): Promise<Migration>;
  tasks(id: string): Promise<readonly Task[]>;
  /** What the emulator knows, oldest first. */
  jobs(): Promise<z.infer<typeof jobsSchema>['value']>;
  log(): Promise<readonly Pick<LoggedRequest, 'method' | 'path' | 'status' | 'effect'>[]>;
  /** A call of somebody else to Graph; `path` comes after the collection of jobs. Returns the status. */
  byHand(method: string, path: string): Promise<number>;
  close(): Promise<void>;
}

/** When a world begins. */
export { startMs };

/** The id of a user of the tests. */
export const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

export async function openWorld(
  options: {
    readonly scenario?: z.input<typeof scenarioSchema>;
    readonly batchSize?: number;
    readonly maxQueuedMoves?: number;
    readonly userTaskWrites?: boolean;
    readonly interference?: Interference;
    readonly faults?: FaultPlan;
    readonly wrap?: (services: ActivityServices) => ActivityServices;
    readonly onInvoked?: OnInvoked;
    /** Runs what the engine hands out, in the place of the one worker of the tests. */ readonly invoke?: DurableInvoke;
    /** Which release of the app runs a function: asked at each run. */ readonly release?: (
      functionName: string,
    ) => Release;
  } = {},
): Promise<World> {
  const clock = new SteppedClock(startMs);
  const timings = {
    // The library keeps tokens by real time, which does not move with the stepped clock.
    token: 1e9,
    // Every status check costs a test time, and the later ones are like the first.
    sync: { min: 1_800, max: 2 * 3_600 },
  };
  const scenario: Scenario = scenarioSchema.parse({ timings, ...options.scenario });
  const emulator = createEmulator({
    scenario,
    clock,
    ...(options.interference === undefined ? {} : { interference: options.interference }),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
  const memory = createMemoryStores();
  const stores = auditedStores(memory);
  const nowMs = (): number => clock.now();
  const httpClient = inProcessHttpClient(emulator);
  const credentialOf = (tenantId: string): InProcessCredential =>
    new InProcessCredential(emulator, {
      baseUrl,
      tenantId,
      clientId: user(0),
      nowMs: () => Date.now(),
    });
  const credential = credentialOf(scenario.targetTenantId);
  const graph = { baseUrl, jobsVersion: 'v1.0' } as const;
  const sharePoint = createSharePointClient({
    config: { graph },
    sourceCredential: credentialOf(sourceTenantId),
    targetCredential: credential,
    httpClient,
    readRetryDelayMs: 1,
    nowMs,
  });
  const jobs = createJobClient({
    config: { graph },
    credential,
    httpClient,
    readRetryDelayMs: 1,
    nowMs,
  });
  const warned: string[] = [];
  const services: ActivityServices = {
    stores,
    jobs,
    sharePoint,
    maxQueuedMoves: options.maxQueuedMoves ?? 4_000,
    maxParallelBatches: 40,
    userTaskWrites: options.userTaskWrites ?? false,
    warn: (text) => warned.push(text),
    nowMs,
  };
  const own = options.wrap?.(services) ?? services;
  const running = new AsyncLocalStorage<Release>();
  current = () => {
    const release = running.getStore() ?? onlyRelease;
    return release === onlyRelease
      ? own
      : { ...own, stores: auditedStores(release.stores(memory)) };
  };
  const engine = await openEngine({
    clock,
    // No world is started again: what it would keep on disk costs more time than all it does.
    openJournal: (journal) => Promise.resolve(new JournalInMemory(journal)),
    invoke: async (invocation) => {
      if (options.invoke !== undefined) return options.invoke(invocation);
      const release = options.release?.(invocation.functionName) ?? onlyRelease;
      const outcome = await running.run(release, () => release.invoke(invocation, invoke));
      options.onInvoked?.(invocation, outcome);
      return outcome;
    },
  });

  /** The stores as a function of the app has them now. */
  const present = (): Stores => {
    const release = options.release?.('http');
    return release === undefined ? stores : auditedStores(release.stores(memory));
  };
  const ask = async <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
    schema.parse(await (await emulator.fetch(new Request(`${baseUrl}${path}`))).json());
  const accepted = async (request: object): Promise<string> => {
    const acceptance = await acceptRequest(request, undefined, {
      stores: present(),
      nowMs,
      targetTenantId: scenario.targetTenantId,
      sourceTenantId,
      batchSize: options.batchSize ?? 100,
      start: async (migrationId) => {
        await engine.start('migration', { migrationId }, migrationId);
      },
    });
    if (acceptance.kind !== 'accepted') throw new Error(JSON.stringify(acceptance));
    return acceptance.migration.id;
  };
  return {
    clock,
    engine,
    stores,
    services: own,
    warned,
    accept: async (count, changes = {}) => {
      const request = {
        kind: 'users',
        name: 'wave',
        sourceTenantId,
        users: Array.from({ length: count }, (_, n) => user(n + 1)),
        exchangeSettings: {
          sourceEndpoint: 'xt',
          targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
        },
        ...changes,
      };
      return accepted(request);
    },
    acceptSharePoint: (tasks, changes = {}) =>
      accepted({ kind: 'sharePoint', name: 'sites', tasks, ...changes }),
    ask: async (id, kind, members = {}, key) => {
      const migration = await present().migrations.get(id);
      if (migration === undefined) throw new Error(`no migration ${id}`);
      return acceptCommand(
        migration,
        {
          kind,
          by: 'admin@fabrikam.com',
          reason: null,
          completeAfterDateTime: null,
          taskId: null,
          continueWithout: null,
          update: null,
          users: [],
          ...members,
        },
        key,
        {
          stores: present(),
          nowMs,
          userTaskWrites: options.userTaskWrites ?? false,
          startRun: async (migrationId, runCommandId) => {
            await engine
              .start(
                'migration',
                { migrationId, runCommandId },
                runInstanceId(migrationId, runCommandId),
              )
              .catch(() => undefined);
          },
          wakeUp: async (instanceId) => {
            await engine.call('POST', `instances/${instanceId}/raiseEvent/command`, null);
          },
        },
      );
    },
    answers: async (id) =>
      commandsWithResults(await stores.commands.readLog(id)).map(
        ({ kind, state }) => `${kind} ${state}`,
      ),
    migration: async (id) => {
      const migration = await stores.migrations.get(id);
      if (migration === undefined) throw new Error(`no migration ${id}`);
      return migration;
    },
    tasks: async (id) => (await stores.tasks.list(id, { pageSize: 10_000 })).items,
    jobs: async () => (await ask('/_emulator/jobs', jobsSchema)).value.toReversed(),
    log: async () => (await ask('/_emulator/log', logSchema)).value,
    byHand: async (method, path) => {
      const headers = { authorization: `Bearer ${(await credential.getToken([])).token}` };
      return (
        await emulator.fetch(
          new Request(`${baseUrl}/v1.0/solutions/migrations/crossTenantMigrationJobs${path}`, {
            method,
            headers,
          }),
        )
      ).status;
    },
    close: () => engine.stop(),
  };
}
