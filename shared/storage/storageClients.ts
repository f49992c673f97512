import { TableClient, TableServiceClient } from '@azure/data-tables';
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { StorageConnection } from '../config/config.ts';

/** The clients of one storage account. */
export interface StorageClients {
  readonly tables: TableServiceClient;
  readonly table: (name: string) => TableClient;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
}

/** Opens an account by connection string or by identity. */
export function openStorage(connection: StorageConnection): StorageClients {
  if (connection.kind === 'connectionString') {
    const text = connection.connectionString;
    // Azurite speaks plain http, which the table client refuses unless told otherwise.
    const options = { allowInsecureConnection: /UseDevelopmentStorage=true|=http:\/\//i.test(text) };
    return {
      tables: TableServiceClient.fromConnectionString(text, options),
      table: (name) => TableClient.fromConnectionString(text, name, options),
      blobs: BlobServiceClient.fromConnectionString(text),
      queues: QueueServiceClient.fromConnectionString(text),
    };
  }
  const { clientId, managedIdentity } = connection;
  const credential = managedIdentity
    ? new ManagedIdentityCredential(clientId === undefined ? {} : { clientId })
    : new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
  return {
    tables: new TableServiceClient(connection.tableServiceUri, credential),
    table: (name) => new TableClient(connection.tableServiceUri, name, credential),
    blobs: new BlobServiceClient(connection.blobServiceUri, credential),
    queues: new QueueServiceClient(connection.queueServiceUri, credential),
  };
}
