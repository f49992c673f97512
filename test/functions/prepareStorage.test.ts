import { expect, it, vi } from 'vitest';
import { prepareStorage } from '../../functions/services.ts';

it('a start with storage out of reach goes on, says so once, and makes the tables when storage is back', async () => {
  const said: string[] = [];
  let tries = 0;
  const prepare = (): Promise<void> => {
    tries += 1;
    return tries < 4 ? Promise.reject(new Error('connect ECONNREFUSED')) : Promise.resolve();
  };
  await prepareStorage({ prepare }, (text) => said.push(text), 10);
  expect(tries).toBe(1);
  await vi.waitFor(() => expect(said).toHaveLength(2));
  expect(tries).toBe(4);
  expect(said).toEqual([
    expect.stringMatching(/^the tables, containers and queues cannot be created; .*ECONNREFUSED$/),
    'the tables, containers and queues were created',
  ]);
});
