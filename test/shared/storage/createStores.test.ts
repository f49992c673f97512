import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import { expect, it } from 'vitest';
import { startAzurite } from '../../../local/azurite/startAzurite.ts';
import { installClock } from '../../../local/clock/installClock.ts';
import { SteppedClock } from '../../../local/clock/steppedClock.ts';
import { createStores } from '../../../shared/storage/createStores.ts';
import { storesContract } from './storesContract.ts';

async function open() {
  const dataDir = mkdtempSync(join(tmpdir(), 'stores-'));
  const azurite = await startAzurite({ dataDir });
  return {
    azurite,
    stores: createStores({ kind: 'connectionString', connectionString: azurite.connectionString }),
    close: async () => {
      await azurite.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

storesContract('in a storage account', async () => {
  const { azurite, ...opened } = await open();
  return {
    ...opened,
    sent: async () => {
      const { receivedMessageItems } = await new QueueClient(azurite.connectionString, 'migration-outcomes').receiveMessages({ numberOfMessages: 32 });
      return receivedMessageItems.map(({ messageText }) => JSON.parse(Buffer.from(messageText, 'base64').toString()) as unknown);
    },
    putInbox: async (blobName, text) => {
      const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('migration-requests');
      await container.getBlockBlobClient(blobName).upload(text, Buffer.byteLength(text));
    },
  };
});

it('fails a ping when the account cannot be reached, and works on a clock that is far from real time', async () => {
  const { stores, close } = await open();
  const undo = installClock(new SteppedClock(Date.UTC(2030, 0, 1)));
  try {
    await stores.prepare();
    await stores.ping();
  } finally {
    undo();
    await close();
  }
  await expect(stores.ping()).rejects.toThrow();
});
