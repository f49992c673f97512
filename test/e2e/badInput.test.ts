import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sendToQueue } from '../../local/demo/sendExamples.ts';
import { type Problem, problemSchema } from '../../shared/contracts/problem.ts';
import { type Rejection, rejectionSchema } from '../../shared/contracts/rejection.ts';
import { rejectionId } from '../../shared/intake/rejections.ts';
import { badRequests } from './badRequests.ts';
import { takeOutcomeMessages } from './outcomeMessages.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

const maxRequestBytes = 8_192;
let running: TestStack;
beforeAll(async () => {
  running = await startTestStack({ settings: { MAX_REQUEST_BYTES: String(maxRequestBytes) } });
}, 120_000);
afterAll(() => running.stop(), 60_000);

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

const pathsOf = ({ errors }: { readonly errors?: Problem['errors'] }): string[] =>
  (errors ?? []).map(({ path }) => path).sort();

describe('a bad request', () => {
  it.each(badRequests)(
    'by HTTP with $what is refused, and every bad field is named',
    async ({ text, code, paths }) => {
      const response = await running.post(text);
      expect(response.status).toBe(400);
      const problem = await problemOf(response);
      expect(problem.code).toBe(code);
      expect(pathsOf(problem)).toEqual([...paths].sort());
    },
  );

  it('without a body is refused', async () => {
    const response = await running.post('');
    expect(response.status).toBe(400);
    expect((await problemOf(response)).code).toBe('bodyMissing');
  });

  it('above the size cap is refused', async () => {
    const response = await running.post(usersRequest('too-large', 901, maxRequestBytes / 30));
    expect(response.status).toBe(400);
    expect((await problemOf(response)).code).toBe('requestTooLarge');
  });

  it('leaves no migration behind', async () => {
    const response = await running.fetch(`${running.stack.apiUrl}/migrations`);
    expect(await response.json()).toEqual({ value: [] });
  });

  it(
    'in the queue is recorded as rejected with the same reasons, once, and never comes again',
    { timeout: 60_000 },
    async () => {
      const { connectionString } = running.stack;
      for (const { text } of badRequests) await sendToQueue(connectionString, text);
      const rejections = await waitFor('a record of every bad message', async () => {
        const found = await listRejections();
        return found.length >= badRequests.length ? found : undefined;
      });
      const seen = (
        all: readonly { readonly code: string; readonly paths: readonly string[] }[],
      ): string[] =>
        all
          .map(({ code, paths }) =>
            JSON.stringify([code, code === 'notJson' ? [] : [...paths].sort()]),
          )
          .sort();
      expect(
        seen(rejections.map((rejection) => ({ code: rejection.code, paths: pathsOf(rejection) }))),
      ).toEqual(seen(badRequests));
      expect(rejections.every(({ source }) => source === 'queue')).toBe(true);

      // Messages that wait to come again are counted as well.
      const queues = QueueServiceClient.fromConnectionString(connectionString);
      const { approximateMessagesCount: messagesLeft } = await waitFor(
        'the end of the last message',
        async () => {
          const properties = await queues.getQueueClient('migration-requests').getProperties();
          return properties.approximateMessagesCount === 0 ? properties : undefined;
        },
      );
      expect(messagesLeft).toBe(0);
      const poison = queues.getQueueClient('migration-requests-poison');
      if (await poison.exists())
        expect((await poison.peekMessages()).peekedMessageItems).toEqual([]);
      // One event a delivery: a message that came twice would have told the outcome queue twice.
      const events = await takeOutcomeMessages(connectionString);
      expect(events.map(({ type }) => type)).toEqual(
        badRequests.map(() => 'tenant-ferry.request.rejected'),
      );
      expect(new Set(events.map(({ id }) => id)).size).toBe(badRequests.length);
    },
  );

  it(
    'that no function can be given ends in the poison queue, and is on record from there, with its text',
    { timeout: 90_000 },
    async () => {
      const { connectionString } = running.stack;
      const text = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
      await sendToQueue(connectionString, text);
      const rejection = await waitFor(
        'the record of the poison message',
        async () => (await listRejections()).find(({ source }) => source === 'poison'),
        60,
        250,
      );
      expect(rejection).toMatchObject({
        id: rejectionId(text),
        code: 'processingFailed',
        count: 1,
      });
      const poison = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(
        'migration-requests-poison',
      );
      await waitFor('the empty poison queue', async () =>
        (await poison.getProperties()).approximateMessagesCount === 0 ? true : undefined,
      );
      const replay = await running.fetch(
        `${running.stack.apiUrl}/rejections/${rejection.id}/replay`,
        { method: 'POST' },
      );
      expect((await problemOf(replay)).detail).toContain('invalidRequest');
    },
  );

  it(
    'that comes in base64 of UTF-16, as gzip, or as nothing is recorded with what is wrong with it, however often it comes',
    { timeout: 60_000 },
    async () => {
      const { connectionString } = running.stack;
      const texts = [
        Buffer.from('{"kind":"users"}', 'utf16le').toString('base64'),
        Buffer.from([0x1f, 0x8b, 8, 0]).toString('base64'),
        '   ',
      ];
      for (const text of [...texts, ...texts]) await sendToQueue(connectionString, text);
      const recorded = async () =>
        (await listRejections()).filter(({ id }) => texts.map(rejectionId).includes(id));
      const twice = await waitFor('both of each', async () => {
        const found = await recorded();
        return found.length === texts.length && found.every(({ count }) => count === 2)
          ? found
          : undefined;
      });
      expect(twice.map(({ code }) => code).sort()).toEqual(['messageEmpty', 'notUtf8', 'notUtf8']);
    },
  );
});

async function listRejections(): Promise<Rejection[]> {
  const response = await running.fetch(`${running.stack.apiUrl}/rejections?pageSize=200`);
  return z.object({ value: z.array(rejectionSchema) }).parse(await response.json()).value;
}
