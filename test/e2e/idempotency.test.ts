import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sendToQueue } from '../../local/demo/sendExamples.ts';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { usersRequest } from './usersRequest.ts';

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
}, 120_000);
afterAll(() => running.stop(), 60_000);

const acceptedSchema = z.object({ id: z.string(), name: z.string(), statusUrl: z.url() });

async function accept(body: unknown, key?: string): Promise<z.infer<typeof acceptedSchema>> {
  const response = await running.post(body, key === undefined ? {} : { 'idempotency-key': key });
  expect(response.status).toBe(202);
  const accepted = acceptedSchema.parse(await response.json());
  expect(response.headers.get('location')).toBe(accepted.statusUrl);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  return accepted;
}

async function namesInList(): Promise<string[]> {
  const response = await running.fetch(`${running.stack.apiUrl}/migrations`);
  return z
    .object({ value: z.array(z.object({ name: z.string() })) })
    .parse(await response.json())
    .value.map(({ name }) => name);
}

describe('a request that comes again', () => {
  it('with the same key is the same migration', async () => {
    const request = usersRequest('again-by-key', 910, 2);
    const first = await accept(request, 'key-1');
    expect(await accept(request, 'key-1')).toEqual(expect.objectContaining({ id: first.id }));
    const status = await running.fetch(first.statusUrl);
    expect(await status.json()).toMatchObject({ id: first.id, name: 'again-by-key', taskCount: 2 });
  });

  it('with the same name and no key is the same migration, many times at once', async () => {
    const request = usersRequest('again-by-name', 911, 2);
    const all = await Promise.all(Array.from({ length: 8 }, () => accept(request)));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect((await namesInList()).filter((name) => name === 'again-by-name')).toHaveLength(1);
  });

  it('with the same key or name and another content is a conflict that names the migration', async () => {
    const first = await accept(usersRequest('conflict', 912, 2));
    const response = await running.post(usersRequest('conflict', 912, 3));
    expect(response.status).toBe(409);
    const problem = problemSchema.parse(await response.json());
    expect(problem.code).toBe('conflict');
    expect(problem.detail).toContain(first.id);

    await accept(usersRequest('conflict-by-key', 913, 2), 'key-2');
    const other = await running.post(
      usersRequest('conflict-by-key', 913, 2, { validateOnly: true }),
      { 'idempotency-key': 'key-2' },
    );
    expect(other.status).toBe(409);
  });

  it('through the queue is the migration that came by HTTP', async () => {
    const request = usersRequest('again-by-queue', 914, 2);
    await accept(request);
    const after = usersRequest('after-it', 915, 1);
    await sendToQueue(running.stack.connectionString, JSON.stringify(request));
    await sendToQueue(running.stack.connectionString, JSON.stringify(after));
    await expect.poll(namesInList, { timeout: 30_000 }).toContain('after-it');
    expect((await namesInList()).filter((name) => name === 'again-by-queue')).toHaveLength(1);
    const rejections = await running.fetch(`${running.stack.apiUrl}/rejections`);
    expect(await rejections.json()).toEqual({ value: [] });
  });
});
