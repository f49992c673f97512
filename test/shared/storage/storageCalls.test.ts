import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/azurite/startAzurite.ts';
import type { AuditEntry } from '../../../shared/contracts/auditEvent.ts';
import { eventTable } from '../../../shared/storage/eventTable.ts';
import { at } from './sampleRows.ts';

let azurite: Azurite;
const dataDir = mkdtempSync(join(tmpdir(), 'storage-calls-'));
beforeAll(async () => {
  azurite = await startAzurite({ dataDir });
});
afterAll(async () => {
  await azurite.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A new table, and a way to see how many calls were made of it since it was last looked at. */
async function countedTable(name: string) {
  let calls = 0;
  const table = TableClient.fromConnectionString(azurite.connectionString, name, {
    allowInsecureConnection: true,
    additionalPolicies: [
      {
        position: 'perCall',
        policy: {
          name: 'count',
          sendRequest: (request, next) => {
            calls += 1;
            return next(request);
          },
        },
      },
    ],
  });
  await table.createTable();
  calls = 0;
  return {
    table,
    taken: () => {
      const since = calls;
      calls = 0;
      return since;
    },
  };
}

const entry = (n: number): AuditEntry => ({ eventId: `e${String(n)}`, type: 't', at: at(1), by: null, batchId: null, jobId: null, taskId: null, detail: null });

it('puts an event on record with one call, and many that come together with two', async () => {
  const { table, taken } = await countedTable('events');
  const audit = eventTable(table);
  await audit.append('m', entry(0));
  expect(taken()).toBe(2);
  await audit.append('m', entry(1));
  expect(taken()).toBe(1);
  await Promise.all(Array.from({ length: 40 }, (_, n) => audit.append('m', entry(2 + n))));
  expect(taken()).toBe(2);
});
