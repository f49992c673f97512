import { TableClient, TableServiceClient } from '@azure/data-tables';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { StorageConnection } from '../config/config.ts';
import { freezeTable, quotaTable } from './appState.ts';
import { isStandaloneChain, acceptanceEntry } from './auditEntries.ts';
import { anchorBlobs, requestBlobs } from './blobs.ts';
import {
  blobRetries,
  tableRetries,
  timeLimit,
  timeLimitedCredential,
  timeLimitPolicy,
} from './calls.ts';
import { commandTable } from './commands.ts';
import { eventTable } from './events.ts';
import { ledgerTable } from './ledger.ts';
import { batchTable, migrationTable, storedRequests } from './migrations.ts';
import { poisonQueue, rejectionTable } from './rejections.ts';
import type { Stores } from './stores.ts';
import { taskTable } from './tasks.ts';

/** The clients of a storage account. */
export interface StorageClients {
  readonly tables: TableServiceClient;
  readonly table: (name: string) => TableClient;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
}

/**
 * Creates the clients of a storage account, by connection string or by identity. A policy limits
 * the time of table operations; operations on blobs and queues use `timeLimit`.
 */
export function openStorage(connection: StorageConnection): StorageClients {
  const ofTables = {
    retryOptions: tableRetries,
    additionalPolicies: [{ policy: timeLimitPolicy, position: 'perCall' as const }],
  };
  const others = { retryOptions: blobRetries };
  if (connection.kind === 'connectionString') {
    const text = connection.connectionString;
    // Azurite uses plain http, which the table client rejects by default.
    const options = {
      ...ofTables,
      allowInsecureConnection: /UseDevelopmentStorage=true|=http:\/\//i.test(text),
    };
    return {
      tables: TableServiceClient.fromConnectionString(text, options),
      table: (name) => TableClient.fromConnectionString(text, name, options),
      blobs: BlobServiceClient.fromConnectionString(text, others),
      queues: QueueServiceClient.fromConnectionString(text, others),
    };
  }
  const { clientId, managedIdentity } = connection;
  const identity = managedIdentity
    ? new ManagedIdentityCredential(clientId === undefined ? {} : { clientId })
    : new DefaultAzureCredential(
        clientId === undefined ? {} : { managedIdentityClientId: clientId },
      );
  const credential = timeLimitedCredential(identity);
  return {
    tables: new TableServiceClient(connection.tableServiceUri, credential, ofTables),
    table: (name) => new TableClient(connection.tableServiceUri, name, credential, ofTables),
    blobs: new BlobServiceClient(connection.blobServiceUri, credential, others),
    queues: new QueueServiceClient(connection.queueServiceUri, credential, others),
  };
}

/**
 * The names of tables, containers and queues. They are part of the public interface
 * (docs/storage.md).
 */
export const storageNames = {
  tables: {
    migrations: 'migrations',
    batches: 'batches',
    tasks: 'tasks',
    rejections: 'rejections',
    commands: 'commands',
    events: 'events',
    quota: 'quota',
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

/** Creates the stores in a storage account. */
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
  const stored = storedRequests(migrations, containers.requests);
  const storedMigrations = migrationTable(migrations, stored);
  const outcomes = queues.getQueueClient(names.queues.outcomes);
  return {
    migrations: storedMigrations,
    batches: batchTable(table(names.tables.batches)),
    tasks: taskTable(table(names.tables.tasks)),
    rejections: rejectionTable(table(names.tables.rejections), containers.rejections),
    commands: commandTable(table(names.tables.commands)),
    freezes: freezeTable(table(names.tables.commands)),
    audit: eventTable(table(names.tables.events), async (chain) => {
      const migration = isStandaloneChain(chain) ? undefined : await storedMigrations.get(chain);
      return migration === undefined ? undefined : acceptanceEntry(migration);
    }),
    anchors: anchorBlobs(containers.anchors),
    quota: quotaTable(table(names.tables.quota)),
    users: ledgerTable(table(names.tables.users)),
    requests: requestBlobs(stored, containers.requests, containers.inbox),
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
