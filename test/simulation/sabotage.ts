import { randomUUID } from 'node:crypto';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import type { Command, CommandLog } from '../../shared/contracts/command.ts';
import type { Job, JobClient } from '../../shared/graph/jobs.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import { chainStart } from '../../shared/storage/events.ts';
import type {
  CommandStore,
  MigrationStore,
  Stores,
  TaskStore,
} from '../../shared/storage/stores.ts';

type Sabotage = (services: ActivityServices) => ActivityServices;

const notFound: GraphProblem = {
  httpStatus: 404,
  code: '',
  codes: [],
  message: '',
  requestId: null,
  clientRequestId: null,
};

const withJobs =
  (change: (jobs: JobClient) => Partial<JobClient>): Sabotage =>
  (services) => ({ ...services, jobs: { ...services.jobs, ...change(services.jobs) } });
const withStores =
  (change: (stores: Stores) => Partial<Stores>): Sabotage =>
  (services) => ({ ...services, stores: { ...services.stores, ...change(services.stores) } });
const withMigrations = (
  change: (migrations: MigrationStore) => Partial<MigrationStore>,
): Sabotage =>
  withStores(({ migrations }) => ({ migrations: { ...migrations, ...change(migrations) } }));
const withTasks = (change: (tasks: TaskStore) => Partial<TaskStore>): Sabotage =>
  withStores(({ tasks }) => ({ tasks: { ...tasks, ...change(tasks) } }));
const withCommands = (change: (commands: CommandStore) => Partial<CommandStore>): Sabotage =>
  withStores(({ commands }) => ({ commands: { ...commands, ...change(commands) } }));
const withBooks = (change: (book: CommandLog, migrationId: string) => CommandLog): Sabotage =>
  withCommands((store) => ({
    readLog: async (id) => change(await store.readLog(id), id),
    readBatchLog: async (id, batchId) => change(await store.readBatchLog(id, batchId), id),
  }));
const withoutKinds = (commands: readonly Command[], kinds: readonly string[]): Command[] =>
  commands.filter(({ kind }) => !kinds.includes(kind));

/**
 * The mechanisms that hold the promises, each with a way to switch it off: what the app works with is changed, never the
 * app. With any of them off the simulation must find a broken promise.
 */
export const mechanisms = {
  'the claim is inserted only if absent': withMigrations((store) => ({
    accept: async (taken) => ({ ...(await store.accept(taken)), inserted: true }),
  })),
  'the claim carries a fingerprint': withMigrations((store) => ({
    accept: async (taken) => ({
      inserted: false,
      claim: { ...(await store.accept(taken)).claim, fingerprint: taken.claim.fingerprint },
    }),
  })),
  'a job is looked up by its name': withJobs(() => ({
    findJobByName: () => Promise.resolve({ kind: 'notFound', problem: notFound }),
  })),
  "a job's name is derived": withJobs((jobs) => ({
    createJob: (job) =>
      jobs.createJob({ ...job, displayName: `${job.displayName}-${randomUUID().slice(0, 8)}` }),
  })),
  'the status is read before an action': withJobs((jobs) => ({
    getJob: async (jobId) =>
      withStatus(await jobs.getJob(jobId), 'validateFailed', 'validatePassed'),
  })),
  'the gate heeds a cancel': withBooks((book) => ({
    ...book,
    commands: withoutKinds(book.commands, ['cancel']),
  })),
  'the gate heeds a pause': withBooks((book) => ({
    ...book,
    commands: withoutKinds(book.commands, ['pause']),
  })),
  'the gate waits for approval': withStores(({ commands, requests, tasks }) => {
    const approved = (book: CommandLog, migrationId: string): CommandLog => ({
      ...book,
      approvals: [
        {
          migrationId,
          number: 1,
          approvalId: 'forged',
          taskCount: 0,
          tasksHash: '',
          requestedAt: '',
          decision: {
            migrationId,
            number: 1,
            verdict: 'approved',
            by: null,
            byId: null,
            reason: null,
            decidedAt: '9',
          },
        },
      ],
    });
    return {
      commands: {
        ...commands,
        readLog: async (id) => approved(await commands.readLog(id), id),
        readBatchLog: async (id, batchId) => approved(await commands.readBatchLog(id, batchId), id),
      },
      requests: {
        ...requests,
        loadApproved: async (id) =>
          (await tasks.list(id, { pageSize: 1_000 })).items.map(({ taskId }) => taskId),
      },
    };
  }),
  'an approval covers whom it was given for': withStores(({ requests, tasks }) => ({
    requests: {
      ...requests,
      loadApproved: async (id) =>
        (await tasks.list(id, { pageSize: 1_000 })).items.map(({ taskId }) => taskId),
    },
  })),
  'an approval ends with the validation that it was given for': withStores(({ batches }) => ({
    batches: { ...batches, get: async (...given) => withoutRenewal(await batches.get(...given)) },
  })),
  'the requester cannot approve': withMigrations((store) => ({
    get: async (id) => {
      const migration = await store.get(id);
      return migration === undefined
        ? undefined
        : { ...migration, requestedBy: 'nobody', requestedById: 'nobody' };
    },
  })),
  'the first decision holds': withCommands(() => ({
    decide: (decision) => Promise.resolve(decision),
  })),
  'a command is a row': withCommands(() => ({ add: () => Promise.resolve() })),
  'every batch answers a command': withCommands((store) => ({
    recordResult: (result) =>
      result.batchId === null ? store.recordResult(result) : Promise.resolve(result),
  })),
  'Retry-After is heeded': ({ sharePoint, ...services }) => ({
    ...services,
    jobs: impatient(services.jobs),
    ...(sharePoint === undefined ? {} : { sharePoint: impatient(sharePoint) }),
  }),
  'an outcome is written once': withTasks((store) => {
    const listBatch: TaskStore['listBatch'] = async (...given) =>
      (await store.listBatch(...given)).map((task) =>
        task.outcome === 'invalid' ? { ...task, outcome: null } : task,
      );
    return {
      listBatch,
      listOpen: async (...given) =>
        (await listBatch(...given)).flatMap(({ taskId, outcome }) =>
          outcome === null ? [taskId] : [],
        ),
    };
  }),
  'outcomes are what Graph reports': withJobs((jobs) => ({
    listJobTasks: async (jobId) => {
      const listed = await jobs.listJobTasks(jobId);
      return listed.kind === 'done'
        ? {
            ...listed,
            value: listed.value.map((task) => ({
              ...task,
              services: task.services.map((service) => ({
                ...service,
                status: service.status === 'failed' ? 'completed' : service.status,
              })),
            })),
          }
        : listed;
    },
  })),
  'the sweep starts what was left': withMigrations(() => ({
    listUnstarted: () => Promise.resolve([]),
  })),
  'the sweep sees what was left of commands': withCommands(() => ({
    listFollowUps: () => Promise.resolve([]),
  })),
  'every command is in the audit trail': withStores(({ audit }) => ({
    audit: { ...audit, append: () => Promise.resolve(chainStart) },
  })),
  'an outcome message is anchored before it is sent': withStores(({ anchors }) => ({
    anchors: { ...anchors, append: () => Promise.resolve() },
  })),
  'a refused message is on record': withStores(({ rejections }) => ({
    rejections: {
      ...rejections,
      save: (rejection) => Promise.resolve({ rejection, lastEventId: null }),
      markReported: () => Promise.resolve(),
    },
  })),
  'a place in the queue is given back': withStores(({ quota }) => ({
    quota: { ...quota, release: () => Promise.resolve(), releaseBatch: () => Promise.resolve() },
  })),
  'the source is looked up before a SharePoint task is created': ({ sharePoint, ...services }) => {
    if (sharePoint === undefined) return services;
    const nothing = () => Promise.resolve({ kind: 'notFound' as const, problem: notFound });
    return {
      ...services,
      sharePoint: {
        ...sharePoint,
        getTaskByUser: nothing,
        getTaskBySite: nothing,
        getTaskByGroup: nothing,
      },
    };
  },
  'a replayed message is its migration for good': withStores(({ rejections }) => ({
    rejections: { ...rejections, markReplayed: () => Promise.resolve() },
  })),
  'a refused read decides nothing': withJobs((jobs) => ({
    getJob: async (jobId) => endedBy(await jobs.getJob(jobId), 'rejected', jobId, 'failed'),
  })),
  'absence is believed after a day': withJobs((jobs) => ({
    getJob: async (jobId) => endedBy(await jobs.getJob(jobId), 'notFound', jobId, 'deleted'),
  })),
  'a user is reserved in the ledger': withStores(({ users }) => ({
    users: {
      ...users,
      find: () => Promise.resolve(new Map()),
      reserve: () => Promise.resolve(new Map()),
    },
  })),
  'who was moved is not moved again': withStores(({ users }) => ({
    users: {
      ...users,
      find: () => Promise.resolve(new Map()),
      reserve: (holder, wanted, at) =>
        users.reserve(
          holder,
          wanted.map(({ key }) => ({ key, moveAgain: true })),
          at,
        ),
    },
  })),
  'a result that is unconfirmed is tried again': withBooks(settled),
  'everything is frozen by one row': withStores(({ freezes }) => ({
    freezes: { ...freezes, current: () => Promise.resolve(null) },
  })),
} as const satisfies Readonly<Record<string, Sabotage>>;

/** Mechanisms of the host, not of the app: its journal is synced before anything in it takes effect, and what a lost worker had in hand comes again. */
const hostMechanisms = [
  'the host syncs before it dispatches',
  "a lost worker's work is handed out again",
] as const;

export type Mechanism = keyof typeof mechanisms | (typeof hostMechanisms)[number];

/** The names of the mechanisms. */
export const mechanismNames: readonly Mechanism[] = [
  ...Object.keys(mechanisms),
  ...hostMechanisms,
].filter(isMechanism);

export function isMechanism(name: string): name is Mechanism {
  return name in mechanisms || isHostMechanism(name);
}

function isHostMechanism(name: string): name is (typeof hostMechanisms)[number] {
  return hostMechanisms.some((one) => one === name);
}

/** The services with a mechanism switched off; as they are for null. */
export function sabotageOf(off: Mechanism | null): Sabotage {
  return off === null || isHostMechanism(off) ? (services) => services : mechanisms[off];
}

function withStatus<T extends { readonly kind: string; readonly value?: Job }>(
  read: T,
  from: string,
  to: string,
): T {
  return read.value?.status === from ? { ...read, value: { ...read.value, status: to } } : read;
}

function withoutRenewal<T extends { readonly revalidatedAt: string | null } | undefined>(
  batch: T,
): T {
  return batch === undefined ? batch : { ...batch, revalidatedAt: null };
}

/** A read that Graph has answered so, taken for the end of the job. */
function endedBy(
  read: GraphResult<Job>,
  kind: 'rejected' | 'notFound',
  jobId: string,
  status: string,
): GraphResult<Job> {
  if (read.kind !== kind) return read;
  return {
    kind: 'done',
    value: {
      id: jobId,
      displayName: '',
      status,
      message: '',
      sourceTenantId: null,
      completeAfterDateTime: null,
      resources: [],
      lastUpdatedDateTime: null,
    },
    requestId: null,
  };
}

/** The same with every result for good. */
function settled(book: CommandLog): CommandLog {
  return {
    ...book,
    results: book.results.map((result) =>
      result.verdict === 'unconfirmed' ? { ...result, verdict: 'tooLate' as const } : result,
    ),
  };
}

function impatient<T extends object>(client: T): T {
  return new Proxy(client, {
    get: (target, property, receiver): unknown => {
      const method: unknown = Reflect.get(target, property, receiver);
      if (typeof method !== 'function') return method;
      return async (...given: unknown[]): Promise<unknown> => {
        const result: unknown = await Reflect.apply(method, target, given);
        return typeof result === 'object' && result !== null && 'seconds' in result
          ? { ...result, seconds: 0 }
          : result;
      };
    },
  });
}
