import { BlobServiceClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import { openStorageAccount } from './storageAccount.ts';
import { storesContract } from './storesContract.ts';

storesContract('in a storage account', async () => {
  const { connectionString, stores, close } = await openStorageAccount();
  return {
    stores,
    close,
    sent: async () => {
      const { receivedMessageItems } = await new QueueClient(
        connectionString,
        'migration-outcomes',
      ).receiveMessages({ numberOfMessages: 32 });
      return receivedMessageItems.map(
        ({ messageText }) => JSON.parse(Buffer.from(messageText, 'base64').toString()) as unknown,
      );
    },
    putInbox: async (blobName, text) => {
      const container =
        BlobServiceClient.fromConnectionString(connectionString).getContainerClient(
          'migration-requests',
        );
      await container.getBlockBlobClient(blobName).upload(text, Buffer.byteLength(text));
    },
    putPoison: async (text) => {
      await new QueueClient(connectionString, 'migration-requests-poison').sendMessage(text);
    },
  };
});
