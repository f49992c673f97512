import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite } from '../../../local/stack/azurite/startAzurite.ts';
import { createStores } from '../../../shared/storage/azureStores.ts';
import type { Stores } from '../../../shared/storage/stores.ts';

/** A storage account of its own, in an Azurite that runs until `close`. */
export interface StorageAccount {
  readonly connectionString: string;
  /** The stores in it, as one process has them. */
  readonly stores: Stores;
  /** The stores as another process has them. */
  readonly otherStores: () => Stores;
  readonly close: () => Promise<void>;
}

/** Starts Azurite with an empty account. */
export async function openStorageAccount(): Promise<StorageAccount> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stores-'));
  const azurite = await startAzurite({ dataDir });
  const { connectionString } = azurite;
  const storesOfProcess = (): Stores =>
    createStores({ kind: 'connectionString', connectionString });
  return {
    connectionString,
    stores: storesOfProcess(),
    otherStores: storesOfProcess,
    close: async () => {
      await azurite.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
