import type { MigrationRequest } from '../../../shared/contracts/request.ts';
import { maxColumnChars } from '../../../shared/storage/rows.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { indexGroup } from '../../../shared/storage/tasks.ts';

/** The requests to a storage account that are told apart, because they may be priced apart. */
export const storageKinds = [
  'tableReads',
  'tableQueries',
  'tableWrites',
  'tableBatches',
  'blobReads',
  'blobWrites',
  'queueMessages',
] as const;
export type StorageKind = (typeof storageKinds)[number];
export type Requests = Partial<Record<StorageKind, number>>;

type Method<Args extends unknown[], Result> = (args: Args, result: Result) => Requests;
type Counts<Store> = {
  readonly [Name in keyof Store]: Store[Name] extends (...args: infer Args) => Promise<infer Result>
    ? Method<Args, Result>
    : never;
};
type Counted = Omit<Stores, 'prepare' | 'ping'>;

// What the service and the app's own writer put into one answer and one transaction.
const rowsPerAnswer = 1_000;
const rowsPerBatch = 100;

const isLarge = (request: MigrationRequest): boolean =>
  JSON.stringify(request).length > maxColumnChars;
const chunksOf = (rows: readonly unknown[]): number => Math.ceil(rows.length / rowsPerBatch);
const batchesOf = (rows: readonly unknown[]): Requests => ({ tableBatches: chunksOf(rows) });
const queriesOf = (rows: readonly unknown[]): Requests => ({
  tableQueries: Math.max(1, Math.ceil(rows.length / rowsPerAnswer)),
});

/**
 * The requests that the stores in a storage account send for each call in a process that has been at it for a while: it remembers
 * the rows that it wrote last, nobody else has written them since, and nothing is repeated. The test beside this file holds it
 * against the stores themselves. What they gather into one transaction counts as several here.
 */
export const requestsOf: { readonly [Group in keyof Counted]: Counts<Counted[Group]> } = {
  migrations: {
    accept: ([{ request }], { inserted }) => ({
      // A large request is looked up by its claim first, and lies in a blob.
      ...(isLarge(request) || !inserted ? { tableReads: 1 } : {}),
      ...(isLarge(request) && inserted ? { blobWrites: 1 } : {}),
      ...(isLarge(request) && !inserted ? {} : { tableBatches: 1 }),
    }),
    get: () => ({ tableReads: 1 }),
    update: () => ({ tableWrites: 1 }),
    change: (_args, changed) => (changed ? { tableWrites: 1 } : { tableReads: 1 }),
    list: (_args, { items }) => ({ tableQueries: 1, tableReads: items.length }),
    listUnstarted: (_args, found) => queriesOf(found),
    listRunning: (_args, found) => queriesOf(found),
  },
  batches: {
    insertMissing: ([batches]) => batchesOf(batches),
    get: () => ({ tableReads: 1 }),
    update: () => ({ tableWrites: 1 }),
    updateWhen: (_args, changed) => (changed ? { tableWrites: 1 } : { tableReads: 1 }),
    change: (_args, changed) => (changed ? { tableWrites: 1 } : { tableReads: 1 }),
    list: (_args, batches) => queriesOf(batches),
  },
  tasks: {
    // In which batch each is, unless that is written for the whole plan, then the tasks.
    insertMissing: ([tasks, { isIndexed = false } = {}]) => ({
      tableBatches: (isIndexed ? 1 : 2) * chunksOf(tasks),
    }),
    insertTaskIndex: ([, places]) =>
      batchesOf([...new Set(places.map(({ taskId }) => indexGroup(taskId)))]),
    // What was not read before is read now, so that columns of other releases stay.
    save: ([tasks, before]) => ({
      ...batchesOf(tasks),
      ...(before === undefined
        ? { [tasks.length === 1 ? 'tableReads' : 'tableQueries']: chunksOf(tasks) }
        : {}),
    }),
    get: () => ({ tableReads: 1 }),
    // The place, then the task; of one that is not of the plan both kinds of places are read.
    find: () => ({ tableReads: 2 }),
    listBatch: (_args, tasks) => queriesOf(tasks),
    listOpen: (_args, open) => queriesOf(open),
    list: () => ({ tableQueries: 1 }),
  },
  commands: {
    // That the migration is unsettled, then the row; what is asked together with the revision.
    add: () => ({ tableWrites: 1, tableBatches: 1 }),
    recordResult: () => ({ tableWrites: 2 }),
    decide: () => ({ tableWrites: 1, tableBatches: 1 }),
    askApproval: () => ({ tableBatches: 1 }),
    // Nobody has claimed one of them before.
    claimUsers: ([, , userIds]) => batchesOf(userIds),
    readLog: (_args, { commands, results }) => queriesOf([...commands, ...results]),
    // The revision, and the results of the batch until it has answered everything.
    readBatchLog: ([, batchId], { commands, results }) => {
      const isAnswered = commands.every(
        ({ commandId, targets }) =>
          !targets.includes(batchId) ||
          results.some(
            (result) => result.commandId === commandId && result.verdict !== 'unconfirmed',
          ),
      );
      return { tableReads: 1, ...(isAnswered ? {} : { tableQueries: 1 }) };
    },
    listFollowUps: (_args, found) => queriesOf(found),
    completeFollowUp: () => ({ tableWrites: 1 }),
  },
  audit: {
    // The event, its mark and the new end of the chain together.
    append: () => ({ tableBatches: 1 }),
    list: () => ({ tableQueries: 1 }),
  },
  freezes: {
    current: () => ({ tableReads: 1 }),
    // What is in force is read, and with a key whether that is known.
    ask: ([, key]) => ({ tableReads: key === undefined ? 1 : 2, tableBatches: 1 }),
    listUnrecorded: (_args, found) => queriesOf(found),
    markRecorded: () => ({ tableWrites: 1 }),
  },
  anchors: {
    // Priced as a write; the blob of the month is there.
    append: () => ({ blobWrites: 1 }),
    // The names, then the size and the text of each.
    list: (_args, blobs) => ({ blobReads: 1 + 2 * blobs.length }),
  },
  quota: {
    hold: (_args, moves) =>
      moves === undefined ? { tableReads: 2 } : { tableReads: 1, tableBatches: 1 },
    find: () => ({ tableReads: 1 }),
    release: () => ({ tableReads: 1, tableBatches: 1 }),
    // A batch of users holds one row.
    releaseBatch: () => ({ tableQueries: 1, tableBatches: 1 }),
    count: () => ({ tableReads: 1 }),
  },
  users: {
    // Users with the guard of their batch, and perhaps that of another one; the first one who is released goes alone.
    reserve: ([, users]) => ({ tableBatches: Math.ceil(users.length / (rowsPerBatch - 2)) }),
    release: ([, users]) => ({
      tableBatches:
        Math.min(1, users.length) + Math.ceil(Math.max(0, users.length - 1) / (rowsPerBatch - 1)),
    }),
    find: ([keys]) => ({ tableReads: keys.length }),
  },
  rejections: {
    // Its place, which is missing, and the row, which is missing as well; one that is known has no blob to write and no place.
    save: (_args, { rejection: { count } }) =>
      count > 1
        ? { tableReads: 2, tableWrites: 1 }
        : { tableReads: 2, blobWrites: 1, tableWrites: 2 },
    get: () => ({ tableReads: 2, blobReads: 2 }),
    // Its place, then the row.
    markReplayed: () => ({ tableReads: 1, tableWrites: 1 }),
    markReported: () => ({ tableReads: 1, tableWrites: 1 }),
    list: () => ({ tableQueries: 1 }),
  },
  requests: {
    // When it was accepted, the request itself; of a blob the size, then its text.
    load: (_args, request) => ({ tableReads: 2, ...(isLarge(request) ? { blobReads: 2 } : {}) }),
    saveAdded: () => ({ blobWrites: 1 }),
    loadAdded: () => ({ blobReads: 2 }),
    saveApproved: () => ({ blobWrites: 1 }),
    loadApproved: () => ({ blobReads: 2 }),
    loadInbox: (_args, text) => ({ blobReads: text === undefined ? 1 : 2 }),
  },
  outcomes: {
    send: () => ({ queueMessages: 1 }),
  },
  poison: {
    receive: () => ({ queueMessages: 1 }),
    delete: () => ({ queueMessages: 1 }),
  },
};

/** The stores; `hear` is told of every request that they would send to a storage account. */
export function countedRequests<S extends Stores>(
  stores: S,
  hear: (requests: Requests) => void,
): S {
  const counted = { ...stores };
  for (const group of Object.keys(requestsOf) as (keyof Counted)[])
    Object.assign(counted, { [group]: countedGroup(stores[group], requestsOf[group], hear) });
  return counted;
}

function countedGroup<Store extends object>(
  store: Store,
  counts: Counts<Store>,
  hear: (requests: Requests) => void,
): Store {
  const methods = Object.entries(store).map(
    ([name, method]: [string, (...args: unknown[]) => Promise<unknown>]) => {
      // One table of methods, one shape: what the types say of each is lost in the loop over all.
      const count = (counts as Record<string, Method<unknown[], unknown> | undefined>)[name];
      return [
        name,
        async (...args: unknown[]): Promise<unknown> => {
          const result = await method(...args);
          if (count !== undefined) hear(count(args, result));
          return result;
        },
      ] as const;
    },
  );
  // The same names with the same signatures.
  return Object.fromEntries(methods) as Store;
}
