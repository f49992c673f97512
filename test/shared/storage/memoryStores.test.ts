import { createMemoryStores } from '../../../local/storage/memoryStores.ts';
import { storesContract } from './storesContract.ts';

storesContract('in memory', () => {
  const stores = createMemoryStores();
  return Promise.resolve({
    stores,
    sent: () => Promise.resolve(stores.sent),
    putInbox: (blobName, text) => Promise.resolve(stores.putInbox(blobName, text)),
    close: () => Promise.resolve(),
  });
});
