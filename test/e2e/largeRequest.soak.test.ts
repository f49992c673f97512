import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { sendToQueue } from '../../local/demo/sendExamples.ts';
import { jobNames } from './emulator.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

const users = 100_000;
const maxInputBytes = 16_384;
const maxMessageBytes = 49_152;

let running: TestStack;
beforeAll(async () => {
  // At the pace of real time, so that jobs are created and nothing more.
  running = await startTestStack({ speed: 1 });
}, 120_000);
afterAll(() => running.stop(), 60_000);

const entrySchema = z.looseObject({
  message: z.unknown().optional(),
  outgoing: z.array(z.unknown()).default([]),
});

/** Every text in a value: inputs, results and statuses are kept as JSON in texts. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) yield* textsIn(member);
}

const largest = (sizes: readonly number[]): number =>
  sizes.reduce((most, size) => Math.max(most, size), 0);

it(
  'takes a request of 100,000 users from a blob, plans it, and hands on nothing large',
  { timeout: 300_000 },
  async () => {
    const { connectionString, dataDir, graphUrl } = running.stack;
    const text = JSON.stringify(usersRequest('everybody', 990, users));
    await BlobServiceClient.fromConnectionString(connectionString)
      .getContainerClient('migration-requests')
      .getBlockBlobClient('all/everybody.json')
      .upload(text, Buffer.byteLength(text));
    await sendToQueue(connectionString, JSON.stringify({ requestBlob: 'all/everybody.json' }));
    const id = await waitFor('its acceptance', () => running.api.findByName('everybody'));
    await waitFor(
      'its first jobs',
      async () => ((await jobNames(graphUrl)).length >= 3 ? true : undefined),
      240,
      500,
    );

    const migration = await running.api.migration(id);
    expect(migration).toMatchObject({ phase: 'running', taskCount: users, batchCount: 1_000 });
    expect(migration.batches).toHaveLength(1_000);
    expect(migration.batches.reduce((sum, { taskCount }) => sum + taskCount, 0)).toBe(users);
    const response = await running.fetch(
      `${running.stack.apiUrl}/migrations/${id}/tasks?batchId=b1000&pageSize=200`,
    );
    expect(
      z.object({ value: z.array(z.unknown()) }).parse(await response.json()).value,
    ).toHaveLength(100);

    // The whole of what Durable was given: its journal is compacted only above four megabytes.
    const lines = readFileSync(join(dataDir, 'host', 'durable', 'journal.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1);
    const entries = lines.map((line) => entrySchema.parse(JSON.parse(line)));
    const messages = entries.flatMap(({ message, outgoing }) =>
      message === undefined ? outgoing : [message],
    );
    expect(messages.length).toBeGreaterThan(50);
    expect(
      largest(messages.map((message) => Buffer.byteLength(JSON.stringify(message)))),
    ).toBeLessThan(maxMessageBytes);
    expect(largest([...textsIn(entries)].map((one) => Buffer.byteLength(one)))).toBeLessThan(
      maxInputBytes,
    );
  },
);
