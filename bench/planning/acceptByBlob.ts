import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { startAzurite } from '../../local/stack/azurite/startAzurite.ts';
import { acceptMessage } from '../../shared/intake/messages.ts';
import { createStores } from '../../shared/storage/azureStores.ts';
import { largeRequest, targetTenantId } from './largeRequest.ts';

const maxRequestBytes = 100_000_000;

/**
 * Milliseconds from a message that names a blob to the accepted migration, each time for another request of so many users: the blob
 * is read, checked, claimed and kept in the storage emulator.
 */
export async function acceptByBlob(users: number, times: number): Promise<readonly number[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tenant-ferry-bench-'));
  const { connectionString, stop } = await startAzurite({ dataDir });
  try {
    const stores = createStores({ kind: 'connectionString', connectionString });
    await stores.prepare();
    const inbox =
      BlobServiceClient.fromConnectionString(connectionString).getContainerClient(
        'migration-requests',
      );
    const taken: number[] = [];
    for (let n = 1; n <= times; n += 1) {
      const requestBlob = `large-${String(n)}.json`;
      const text = JSON.stringify(largeRequest(`large-${String(n)}`, users));
      await inbox.getBlockBlobClient(requestBlob).upload(text, Buffer.byteLength(text));
      const startMs = performance.now();
      const message = { text: JSON.stringify({ requestBlob }) };
      const outcome = await acceptMessage(message, {
        stores,
        nowMs: () => Date.now(),
        targetTenantId,
        batchSize: 100,
        maxRequestBytes,
        start: () => Promise.resolve(),
      });
      if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
      taken.push(performance.now() - startMs);
    }
    return taken;
  } finally {
    await stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
