import {
  type DequeuedMessageItem,
  type QueueClient,
  QueueServiceClient,
} from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HeldMessage, visibilitySeconds } from '../../queue/heldMessage.ts';
import { startTestStorage, type TestStorage } from '../testStorage.ts';

let storage: TestStorage;
beforeAll(async () => {
  storage = await startTestStorage();
});
afterAll(async () => {
  await storage.remove();
});
afterEach(() => {
  vi.useRealTimers();
});

async function read(name: string): Promise<{ queue: QueueClient; item: DequeuedMessageItem }> {
  await storage.put(name, 'held');
  const queue = QueueServiceClient.fromConnectionString(storage.connectionString).getQueueClient(
    name,
  );
  const [item] = (await queue.receiveMessages({ visibilityTimeout: 1 })).receivedMessageItems;
  if (item === undefined) throw new Error('no message');
  return { queue, item };
}

describe('a message that a function processes', () => {
  it('is hidden for ten minutes of the host’s clock, but at least long enough for a renewal', () => {
    expect([1, 10, 60, 3600].map(visibilitySeconds)).toEqual([600, 60, 10, 10]);
  });

  it('stays hidden by renewals, and is deleted with the receipt of the last one', async () => {
    const { queue, item } = await read('renewed');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const update = vi.spyOn(queue, 'updateMessage');
    const held = new HeldMessage(queue, item, 600);
    vi.advanceTimersByTime(200_000);
    vi.useRealTimers();
    expect(update).toHaveBeenCalledWith(item.messageId, item.popReceipt, undefined, 600);
    await held.delete();
    expect(await storage.count('renewed')).toBe(0);
  });

  it('is not renewed after the end of the renewals', async () => {
    const { queue, item } = await read('not-renewed');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const update = vi.spyOn(queue, 'updateMessage');
    const held = new HeldMessage(queue, item, 600);
    held.stopRenewal();
    vi.advanceTimersByTime(10_000_000);
    expect(update).not.toHaveBeenCalled();
  });

  it('can be released at once, and may no longer exist', async () => {
    const { queue, item } = await read('released');
    const held = new HeldMessage(queue, item, 600);
    await held.release(0);
    const [again] = (await queue.receiveMessages({ visibilityTimeout: 60 })).receivedMessageItems;
    expect(again).toMatchObject({ messageId: item.messageId, dequeueCount: 2 });
    await new HeldMessage(queue, item, 600).delete();
    expect(await storage.count('released')).toBe(1);
    await queue.clearMessages();
    await new HeldMessage(queue, item, 600).release(0);
  });
});
