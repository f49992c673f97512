import { TableClient, TableServiceClient } from '@azure/data-tables';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { StorageConnection } from '../config/config.ts';
import {
  blobRetries,
  limitedCredential,
  limitedOperations,
  tableRetries,
} from './storageLimits.ts';

/** The clients of one storage account. */
export interface StorageClients {
  readonly tables: TableServiceClient;
  readonly table: (name: string) => TableClient;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
}

/** Opens an account by connection string or by identity. An operation on a table is bounded here; one on a blob or queue by the `timeLimit` that it is given. */
export function openStorage(connection: StorageConnection): StorageClients {
  const ofTables = {
    retryOptions: tableRetries,
    additionalPolicies: [{ policy: limitedOperations, position: 'perCall' as const }],
  };
  const others = { retryOptions: blobRetries };
  if (connection.kind === 'connectionString') {
    const text = connection.connectionString;
    // Azurite speaks plain http, which the table client refuses unless told otherwise.
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
  const credential = limitedCredential(identity);
  return {
    tables: new TableServiceClient(connection.tableServiceUri, credential, ofTables),
    table: (name) => new TableClient(connection.tableServiceUri, name, credential, ofTables),
    blobs: new BlobServiceClient(connection.blobServiceUri, credential, others),
    queues: new QueueServiceClient(connection.queueServiceUri, credential, others),
  };
}
