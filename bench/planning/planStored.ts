import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAzurite } from '../../local/stack/azurite/startAzurite.ts';
import { planMigration } from '../../orchestrations/migration/plan.ts';
import { acceptRequest } from '../../shared/intake/acceptRequest.ts';
import { createStores } from '../../shared/storage/azureStores.ts';
import { largeRequest, targetTenantId } from './largeRequest.ts';
import { worldServices } from './worldServices.ts';

/** Milliseconds in which the plan of an accepted request for so many users is written into the storage emulator, with the ledger. */
export async function planStored(users: number): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tenant-ferry-bench-'));
  const { connectionString, stop } = await startAzurite({ dataDir });
  try {
    const stores = createStores({ kind: 'connectionString', connectionString });
    await stores.prepare();
    const acceptance = await acceptRequest(largeRequest('stored', users), undefined, {
      stores,
      nowMs: () => Date.now(),
      targetTenantId,
      batchSize: 100,
      start: () => Promise.resolve(),
    });
    if (acceptance.kind !== 'accepted') throw new Error(JSON.stringify(acceptance));
    const services = { ...(await worldServices()), stores };
    const startMs = performance.now();
    await planMigration({ migrationId: acceptance.migration.id }, services);
    return performance.now() - startMs;
  } finally {
    await stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
