import { isDeepStrictEqual } from 'node:util';
import type { AuditEvent } from '../../shared/contracts/audit.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Rejection } from '../../shared/contracts/rejection.ts';
import type { MigrationRequest, RequestedUser } from '../../shared/contracts/request.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { QuotaHolder } from '../../shared/storage/appState.ts';
import { acceptanceEntry, isStandaloneChain } from '../../shared/storage/auditEntries.ts';
import { BlobTooLargeError, isBlobName } from '../../shared/storage/blobs.ts';
import { chainStart, nextEvent, withAcceptance } from '../../shared/storage/events.ts';
import { mergeRejection, type PoisonMessage } from '../../shared/storage/rejections.ts';
import {
  InvalidContinuationTokenError,
  newestFirst,
  packToken,
  type Page,
  unpackToken,
} from '../../shared/storage/rows.ts';
import type { BatchStore, Claim, Stores } from '../../shared/storage/stores.ts';
import { StaleRowError } from '../../shared/storage/transactions.ts';
import { memoryAnchors } from './memoryAnchors.ts';
import { memoryCommands } from './memoryCommands.ts';
import { memoryFreezes } from './memoryFreezes.ts';
import { memoryLedger } from './memoryLedger.ts';

/**
 * Returns a copy of a JSON value, so that the store and its reader never change each other's data.
 */
export function copied<T>(value: T): T {
  // The copy of a JSON array or object has the same shape.
  if (Array.isArray(value)) return value.map(copied) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = { ...value };
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = copied(copy[key]);
  return copy;
}

/** Returns copies of the matching rows in the order of their keys. */
export function inOrder<T>(rows: ReadonlyMap<string, T>, holds: (row: T) => boolean): T[] {
  return [...rows]
    .filter(([, row]) => holds(row))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => copied(row));
}

/** Returns a page of a list in memory, with the token of the next one. */
export function pageOf<T>(
  all: readonly T[],
  scope: string,
  options: { pageSize: number; continuationToken?: string | undefined },
): Promise<Page<T>> {
  try {
    const start = Number(unpackToken(scope, options.continuationToken) ?? 0);
    if (!Number.isInteger(start) || start < 0) throw new InvalidContinuationTokenError();
    const end = start + options.pageSize;
    const items = copied(all.slice(start, end));
    return Promise.resolve({
      items,
      ...(end < all.length ? { continuationToken: packToken(scope, String(end)) } : {}),
    });
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

/** The stores in memory, with members that tests inspect. */
export interface MemoryStores extends Stores {
  /** The messages sent to the queue `migration-outcomes`, oldest first. */
  readonly sent: readonly unknown[];
  /** The texts of rejected messages by rejection id. */
  readonly rejectedTexts: ReadonlyMap<string, string>;
  /** Puts a blob into the container `migration-requests`. */
  readonly putInbox: (blobName: string, content: string | Uint8Array) => void;
  /** Puts a message into the queue `migration-requests-poison`, as the host does. */
  readonly putPoison: (text: string) => void;
}

/** Creates stores in memory with the same contract as those in a storage account. */
export function createMemoryStores(): MemoryStores {
  const claims = new Map<string, Claim>();
  const migrations = new Map<string, Migration>();
  const batches = new Map<string, Batch>();
  // By batch, because whole batches are read often.
  const tasks = new Map<string, Map<string, Task>>();
  // The first batch that has a task.
  const batchIdByTask = new Map<string, string>();
  const rejections = new Map<
    string,
    { readonly key: string; readonly rejection: Rejection; readonly lastEventId: string | null }
  >();
  const rejectedTexts = new Map<string, string>();
  const requests = new Map<string, MigrationRequest>();
  const added = new Map<string, readonly RequestedUser[]>();
  const approved = new Map<string, readonly string[]>();
  const quota = new Map<string, number>();
  const inbox = new Map<string, Uint8Array>();
  const poison = new Map<string, PoisonMessage>();
  let poisoned = 0;
  const sent: unknown[] = [];
  const chains = new Map<string, AuditEvent[]>();

  const batchKey = ({ migrationId, batchId }: Pick<Batch, 'migrationId' | 'batchId'>): string =>
    `${migrationId} ${batchId.slice(1).padStart(5, '0')}`;
  const changeBatch: BatchStore['change'] = async (migrationId, batchId, changed) => {
    const batch = batches.get(batchKey({ migrationId, batchId }));
    const changes = batch === undefined ? undefined : changed(copied(batch));
    if (changes === undefined) return false;
    await change(batches, batchKey({ migrationId, batchId }), changes);
    return true;
  };
  const quotaKey = ({ migrationId, batchId, taskId }: QuotaHolder): string =>
    `${migrationId} ${batchId} ${taskId ?? ''}`;
  const quotaTotal = (): number => [...quota.values()].reduce((sum, moves) => sum + moves, 0);
  // The row that a task was read from. Rows are replaced, never changed.
  const versions = new WeakMap<Task, Task>();
  const read = (row: Task | undefined): Task | undefined => {
    const task = copied(row);
    if (row !== undefined && task !== undefined) versions.set(task, row);
    return task;
  };
  const tasksOf = (batch: Pick<Batch, 'migrationId' | 'batchId'>): Map<string, Task> => {
    const held = tasks.get(batchKey(batch)) ?? new Map<string, Task>();
    tasks.set(batchKey(batch), held);
    return held;
  };
  const indexTask = (
    migrationId: string,
    { taskId, batchId }: Pick<Task, 'taskId' | 'batchId'>,
  ): void => {
    const key = `${migrationId} ${taskId}`;
    if (!batchIdByTask.has(key)) batchIdByTask.set(key, batchId);
  };

  return {
    sent,
    rejectedTexts,
    putInbox: (blobName, content) => {
      inbox.set(blobName, Buffer.from(content));
    },
    putPoison: (text) => {
      const messageId = String((poisoned += 1));
      poison.set(messageId, { messageId, popReceipt: '', text });
    },
    migrations: {
      accept: ({ claim, migration, request }) => {
        const held = claims.get(claim.keyHash);
        if (held !== undefined) return Promise.resolve({ inserted: false, claim: copied(held) });
        if (migrations.has(migration.id))
          return Promise.reject(
            new Error(
              `cannot store migration ${migration.id}: its row already exists, but no idempotency claim refers to it`,
            ),
          );
        claims.set(claim.keyHash, copied(claim));
        migrations.set(migration.id, copied(migration));
        requests.set(migration.id, copied(request));
        return Promise.resolve({ inserted: true, claim: copied(claim) });
      },
      get: (migrationId) => Promise.resolve(copied(migrations.get(migrationId))),
      update: (migrationId, changes) => change(migrations, migrationId, changes),
      change: async (migrationId, changeOf) => {
        const migration = migrations.get(migrationId);
        const changes = migration === undefined ? undefined : changeOf(copied(migration));
        if (changes === undefined) return false;
        await change(migrations, migrationId, changes);
        return true;
      },
      list: (options) =>
        pageOf(
          [...migrations.values()].sort((a, b) =>
            a.acceptedAt < b.acceptedAt
              ? 1
              : a.acceptedAt > b.acceptedAt
                ? -1
                : a.id < b.id
                  ? -1
                  : 1,
          ),
          'migrations',
          options,
        ),
      listUnstarted: () =>
        Promise.resolve(
          inOrder(migrations, ({ phase }) => phase === 'accepted').map(({ id, acceptedAt }) => ({
            id,
            acceptedAt,
          })),
        ),
      listRunning: () =>
        Promise.resolve(
          inOrder(
            migrations,
            ({ phase, finishedAt }) =>
              phase !== 'accepted' && !isFinalPhase(phase) && finishedAt === null,
          ).map(({ id, updatedAt }) => ({ id, updatedAt })),
        ),
    },
    batches: {
      insertMissing: (added) => {
        for (const batch of added)
          if (!batches.has(batchKey(batch))) batches.set(batchKey(batch), copied(batch));
        return Promise.resolve();
      },
      get: (migrationId, batchId) =>
        Promise.resolve(copied(batches.get(batchKey({ migrationId, batchId })))),
      update: (migrationId, batchId, changes) =>
        change(batches, batchKey({ migrationId, batchId }), changes),
      updateWhen: (migrationId, batchId, when, changes) =>
        changeBatch(migrationId, batchId, (batch) => (when(batch) ? changes : undefined)),
      change: changeBatch,
      list: (migrationId) =>
        Promise.resolve(inOrder(batches, (batch) => batch.migrationId === migrationId)),
    },
    tasks: {
      insertMissing: (added, { isIndexed = false } = {}) => {
        const isNew = added.every((task) => !tasksOf(task).has(task.taskId));
        for (const task of added) {
          if (!isIndexed) indexTask(task.migrationId, task);
          if (!tasksOf(task).has(task.taskId)) tasksOf(task).set(task.taskId, copied(task));
        }
        return Promise.resolve(isNew);
      },
      insertTaskIndex: (migrationId, planned) => {
        for (const task of planned) indexTask(migrationId, task);
        return Promise.resolve();
      },
      save: (changed, before = []) => {
        const isStale = changed.some((task, index) => {
          const row = before[index] === undefined ? undefined : versions.get(before[index]);
          return row !== undefined && row !== tasksOf(task).get(task.taskId);
        });
        if (isStale) return Promise.reject(new StaleRowError('tasks'));
        for (const [index, task] of changed.entries()) {
          const old = new Map<string, unknown>(Object.entries(before[index] ?? {}));
          const written = Object.entries(task).filter(
            ([name, value]) => !isDeepStrictEqual(value, old.get(name)),
          );
          // Members that another writer has changed stay.
          tasksOf(task).set(
            task.taskId,
            copied({ ...task, ...tasksOf(task).get(task.taskId), ...Object.fromEntries(written) }),
          );
        }
        return Promise.resolve();
      },
      get: (migrationId, batchId, taskId) =>
        Promise.resolve(read(tasks.get(batchKey({ migrationId, batchId }))?.get(taskId))),
      find: (migrationId, taskId) => {
        const batchId = batchIdByTask.get(`${migrationId} ${taskId}`);
        return Promise.resolve(
          batchId === undefined
            ? undefined
            : copied(tasks.get(batchKey({ migrationId, batchId }))?.get(taskId)),
        );
      },
      listBatch: (migrationId, batchId) => {
        const rows = tasks.get(batchKey({ migrationId, batchId })) ?? new Map<string, Task>();
        return Promise.resolve(
          [...rows.keys()].sort().flatMap((taskId) => read(rows.get(taskId)) ?? []),
        );
      },
      listOpen: (migrationId, batchId) =>
        Promise.resolve(
          inOrder(
            tasks.get(batchKey({ migrationId, batchId })) ?? new Map<string, Task>(),
            ({ outcome }) => outcome === null,
          ).map(({ taskId }) => taskId),
        ),
      list: (migrationId, { batchId, outcome, ...page }) =>
        pageOf(
          [...tasks.keys()]
            .filter((key) =>
              batchId === undefined
                ? key.startsWith(`${migrationId} `)
                : key === batchKey({ migrationId, batchId }),
            )
            .sort()
            .flatMap((key) =>
              inOrder(
                tasks.get(key) ?? new Map<string, Task>(),
                (task) => outcome === undefined || (task.outcome ?? 'pending') === outcome,
              ),
            ),
          `tasks ${migrationId} ${batchId ?? ''} ${outcome ?? ''}`,
          page,
        ),
    },
    commands: memoryCommands(),
    freezes: memoryFreezes(),
    quota: {
      hold: (holder, moves, limit) => {
        const key = quotaKey(holder);
        if (!quota.has(key) && (moves === 0 || quotaTotal() + moves <= limit))
          quota.set(key, moves);
        return Promise.resolve(quota.get(key));
      },
      find: (holder) => Promise.resolve(quota.get(quotaKey(holder))),
      release: (holder) => {
        quota.delete(quotaKey(holder));
        return Promise.resolve();
      },
      releaseBatch: (migrationId, batchId) => {
        for (const key of [...quota.keys()])
          if (key.startsWith(`${migrationId} ${batchId} `)) quota.delete(key);
        return Promise.resolve();
      },
      count: () => Promise.resolve(quotaTotal()),
    },
    users: memoryLedger(),
    audit: {
      append: (chainId, entry) => {
        const chain = chains.get(chainId) ?? [];
        chains.set(chainId, chain);
        const migration = isStandaloneChain(chainId) ? undefined : migrations.get(chainId);
        const entries =
          chain.length === 0
            ? withAcceptance(
                [entry],
                migration === undefined ? undefined : acceptanceEntry(migration),
              )
            : [entry];
        for (const one of entries)
          if (!chain.some(({ eventId }) => eventId === one.eventId))
            chain.push(nextEvent(chainId, one, chain.at(-1) ?? chainStart));
        const { sequence = 0, hash = '' } =
          chain.find(({ eventId }) => eventId === entry.eventId) ?? {};
        return Promise.resolve({ sequence, hash });
      },
      list: (migrationId, page) =>
        pageOf(chains.get(migrationId) ?? [], `events ${migrationId}`, page),
    },
    anchors: memoryAnchors(),
    rejections: {
      get: (id) => {
        const rejection = rejections.get(id)?.rejection;
        return Promise.resolve(
          rejection === undefined
            ? undefined
            : { rejection: copied(rejection), text: rejectedTexts.get(id) ?? '' },
        );
      },
      markReplayed: (id, replay) => {
        const held = rejections.get(id);
        if (held === undefined)
          return Promise.reject(new Error('cannot update the rejection: it does not exist'));
        rejections.set(id, { ...held, rejection: { ...held.rejection, ...replay } });
        return Promise.resolve();
      },
      save: (rejection, text) => {
        const { id } = rejection;
        const held = rejections.get(id);
        const key = held?.key ?? newestFirst({ id, atMs: Date.parse(rejection.rejectedAt) });
        const stored = {
          rejection: copied(
            held === undefined ? rejection : mergeRejection(held.rejection, rejection),
          ),
          lastEventId: held?.lastEventId ?? null,
        };
        rejections.set(id, { key, ...stored });
        rejectedTexts.set(id, text);
        return Promise.resolve(copied(stored));
      },
      markReported: (id, lastEventId) => {
        const held = rejections.get(id);
        if (held === undefined)
          return Promise.reject(new Error('cannot update the rejection: it does not exist'));
        rejections.set(id, { ...held, lastEventId });
        return Promise.resolve();
      },
      list: (options) =>
        pageOf(
          [...rejections.values()]
            .sort((a, b) => (a.key < b.key ? -1 : 1))
            .map(({ rejection }) => rejection),
          'rejections',
          options,
        ),
    },
    requests: {
      load: (migrationId) => {
        const request = requests.get(migrationId);
        return request === undefined
          ? Promise.reject(new Error(`the request of ${migrationId} does not exist`))
          : Promise.resolve(copied(request));
      },
      saveAdded: (migrationId, commandId, users) => {
        added.set(`${migrationId} ${commandId}`, copied(users));
        return Promise.resolve();
      },
      loadAdded: (migrationId, commandId) => {
        const users = added.get(`${migrationId} ${commandId}`);
        return users === undefined
          ? Promise.reject(new Error(`the added users of ${migrationId} ${commandId} do not exist`))
          : Promise.resolve(copied(users));
      },
      saveApproved: (migrationId, approvalId, taskIds) => {
        approved.set(`${migrationId} ${approvalId}`, [...taskIds]);
        return Promise.resolve();
      },
      loadApproved: (migrationId, approvalId) => {
        const taskIds = approved.get(`${migrationId} ${approvalId}`);
        return taskIds === undefined
          ? Promise.reject(
              new Error(`the approved tasks of ${migrationId} ${approvalId} do not exist`),
            )
          : Promise.resolve([...taskIds]);
      },
      loadInbox: (blobName, maxBytes) => {
        const bytes = isBlobName(blobName) ? inbox.get(blobName) : undefined;
        if (bytes !== undefined && bytes.byteLength > maxBytes)
          return Promise.reject(new BlobTooLargeError(blobName, maxBytes));
        return Promise.resolve(bytes);
      },
    },
    poison: {
      // Received messages stay visible: the tests never read the queue twice at the same time.
      receive: () => Promise.resolve([...poison.values()].slice(0, 32)),
      delete: ({ messageId }) => {
        poison.delete(messageId);
        return Promise.resolve();
      },
    },
    outcomes: {
      send: (message) => {
        sent.push(copied(message));
        return Promise.resolve();
      },
    },
    prepare: () => Promise.resolve(),
    ping: () => Promise.resolve(),
  };
}

function change<T extends object>(
  rows: Map<string, T>,
  key: string,
  changes: Partial<T>,
): Promise<void> {
  const current = rows.get(key);
  if (current === undefined)
    return Promise.reject(new Error(`cannot update ${key}: the row does not exist`));
  rows.set(key, copied({ ...current, ...changes }));
  return Promise.resolve();
}
