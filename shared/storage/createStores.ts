import type { StorageConnection } from '../config/config.ts';
import { isChainOfItsOwn } from '../contracts/auditEvent.ts';
import { anchorBlobs } from './anchorBlobs.ts';
import { acceptanceEntry } from './auditEntries.ts';
import { batchTable } from './batchTable.ts';
import { commandTable } from './commandTable.ts';
import { eventTable } from './eventTable.ts';
import { freezeTable } from './freezeTable.ts';
import { keptRequests } from './keptRequests.ts';
import { ledgerTable } from './ledgerTable.ts';
import { migrationTable } from './migrationTable.ts';
import { poisonQueue } from './poisonQueue.ts';
import { rejectionTable } from './rejectionTable.ts';
import { requestBlobs } from './requestBlobs.ts';
import { slotTable } from './slotTable.ts';
import { openStorage } from './storageClients.ts';
import { timeLimit } from './storageLimits.ts';
import type { Stores } from './stores.ts';
import { taskTable } from './taskTable.ts';

/** Where everything lies in the account; the names are part of the public interface (docs/storage.md). */
export const storageNames = {
  tables: {
    migrations: 'migrations',
    batches: 'batches',
    tasks: 'tasks',
    rejections: 'rejections',
    commands: 'commands',
    events: 'events',
    slots: 'slots',
    users: 'users',
  },
  containers: {
    requests: 'requests',
    rejections: 'rejections',
    inbox: 'migration-requests',
    anchors: 'audit-anchors',
  },
  queues: {
    requests: 'migration-requests',
    outcomes: 'migration-outcomes',
    poison: 'migration-requests-poison',
  },
} as const;

/** The stores in a storage account, through the Azure SDK. */
export function createStores(connection: StorageConnection): Stores {
  const { tables, table, blobs, queues } = openStorage(connection);
  const names = storageNames;
  const containers = {
    requests: blobs.getContainerClient(names.containers.requests),
    rejections: blobs.getContainerClient(names.containers.rejections),
    inbox: blobs.getContainerClient(names.containers.inbox),
    anchors: blobs.getContainerClient(names.containers.anchors),
  };
  const migrations = table(names.tables.migrations);
  const kept = keptRequests(migrations, containers.requests);
  const storedMigrations = migrationTable(migrations, kept);
  const outcomes = queues.getQueueClient(names.queues.outcomes);
  return {
    migrations: storedMigrations,
    batches: batchTable(table(names.tables.batches)),
    tasks: taskTable(table(names.tables.tasks)),
    rejections: rejectionTable(table(names.tables.rejections), containers.rejections),
    commands: commandTable(table(names.tables.commands)),
    freezes: freezeTable(table(names.tables.commands)),
    audit: eventTable(table(names.tables.events), async (chain) => {
      const migration = isChainOfItsOwn(chain) ? undefined : await storedMigrations.get(chain);
      return migration === undefined ? undefined : acceptanceEntry(migration);
    }),
    anchors: anchorBlobs(containers.anchors),
    slots: slotTable(table(names.tables.slots)),
    users: ledgerTable(table(names.tables.users)),
    requests: requestBlobs(kept, containers.requests, containers.inbox),
    poison: poisonQueue(queues.getQueueClient(names.queues.poison)),
    outcomes: {
      async send(message) {
        await outcomes.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'), {
          messageTimeToLive: -1,
          abortSignal: timeLimit(),
        });
      },
    },
    async prepare() {
      await Promise.all([
        ...Object.values(names.tables).map((name) => tables.createTable(name)),
        ...Object.values(containers).map((container) =>
          container.createIfNotExists({ abortSignal: timeLimit() }),
        ),
        ...Object.values(names.queues).map((name) =>
          queues.getQueueClient(name).createIfNotExists({ abortSignal: timeLimit() }),
        ),
      ]);
    },
    async ping() {
      await Promise.all([
        migrations.listEntities({ queryOptions: { filter: "PartitionKey eq 'ping'" } }).next(),
        containers.requests.exists({ abortSignal: timeLimit() }),
        outcomes.getProperties({ abortSignal: timeLimit() }),
      ]);
    },
  };
}
