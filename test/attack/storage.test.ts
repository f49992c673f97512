import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startAzurite } from '../../local/stack/azurite/startAzurite.ts';
import { createStores } from '../../shared/storage/azureStores.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { aMigration, taken } from '../shared/storage/sampleRows.ts';
import { answerFault } from './answerFault.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { changed, hostileText } from './hostile.ts';
import { isolationSuite } from './isolationSuite.ts';
import { usersRequest } from './rightRequests.ts';

// Real keys, filters and blob names: what memory takes, an account may refuse.
const dataDir = mkdtempSync(join(tmpdir(), 'attack-azurite-'));
let app: AttackedApp<Stores>;
let end: () => Promise<void>;
beforeAll(async () => {
  const azurite = await startAzurite({ dataDir });
  const stores = createStores({
    kind: 'connectionString',
    connectionString: azurite.connectionString,
  });
  await stores.prepare();
  app = await attackedApp({ stores, maxRequestBytes: 1_048_576 });
  end = async () => {
    await app.close();
    await azurite.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  await stores.migrations.accept(taken(aMigration('m-said', { phase: 'running' })));
}, 60_000);
afterAll(() => end(), 30_000);

isolationSuite(() => Promise.resolve({ ...app, close: () => Promise.resolve() }), 40);

it('a right request but for one thing is taken or refused', async () => {
  await fc.assert(
    fc.asyncProperty(changed(usersRequest), async (body) => {
      const answer = await app.send({ method: 'POST', path: '/api/migrations', body });
      expect([answerFault(answer), app.faults()]).toEqual([undefined, []]);
    }),
    { numRuns: 60 },
  );
});

it('what somebody says is refused, or kept as it was said', async () => {
  const listSchema = z.object({
    value: z.array(
      z.looseObject({
        by: z.string().nullable(),
        reason: z.string().nullable(),
        commandId: z.string(),
      }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(hostileText, hostileText, async (by, reason) => {
      const answer = await app.send({
        method: 'POST',
        path: '/api/migrations/m-said/pause',
        body: JSON.stringify({ by, reason }),
      });
      expect([answerFault(answer), app.faults()]).toEqual([undefined, []]);
      if (answer.status === 400) return;
      expect(answer.status).toBe(202);
      const { commandId } = z.looseObject({ commandId: z.string() }).parse(JSON.parse(answer.text));
      const { value } = listSchema.parse(
        JSON.parse((await app.send({ path: '/api/migrations/m-said/commands' })).text),
      );
      expect(value.find((command) => command.commandId === commandId)).toMatchObject({
        by,
        reason,
      });
    }),
    { numRuns: 40 },
  );
});

it('a message that names any blob is refused on record, and its record can be found again', async () => {
  const names = fc.oneof(
    hostileText,
    fc.constantFrom(
      '../requests/m-said.json',
      '..\\requests\\m-said.json',
      '/',
      '//',
      'a//b',
      'a.',
      'a/',
      '?comp=list',
      'x'.repeat(1_024),
    ),
  );
  await fc.assert(
    fc.asyncProperty(names, async (requestBlob) => {
      const { id, outcome } = await app.deliver(JSON.stringify({ requestBlob }));
      expect([outcome.ok, app.faults()]).toEqual([true, []]);
      expect((await app.stores.rejections.get(id))?.rejection.code).toMatch(
        /^(requestBlobMissing|invalidRequest)$/,
      );
    }),
    { numRuns: 50 },
  );
});

it('a message with thousands of faults fits into record and event', async () => {
  const { id, outcome } = await app.deliver(
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: 6_000 }, (_, n) => [`${'ü'.repeat(60)}${String(n)}`, n]),
      ),
    ),
  );
  expect([outcome.ok, app.faults()]).toEqual([true, []]);
  expect((await app.stores.rejections.get(id))?.rejection.errors.length).toBe(1_001);
});
