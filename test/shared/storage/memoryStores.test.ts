import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { storesContract } from './storesContract.ts';

storesContract('in memory', () => {
  const stores = createMemoryStores();
  return Promise.resolve({
    stores,
    sent: () => Promise.resolve(stores.sent),
    putInbox: (blobName, text) => {
      stores.putInbox(blobName, text);
      return Promise.resolve();
    },
    putPoison: (text) => {
      stores.putPoison(text);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
