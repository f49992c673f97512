import { setTimeout as sleep } from 'node:timers/promises';
import { QueueClient } from '@azure/storage-queue';
import type { Figures } from '../bench.ts';
import { receiveLoop } from '../baselines/receiveLoop.ts';
import { withStack } from './benchStack.ts';
import { fillQueue } from './fillQueue.ts';
import { noWork, smallRequest } from './smallRequest.ts';

const messages = 600;
const queueName = 'migration-requests';
// A look at the queue costs storage about as much as a message does, so there are few.
const watchEveryMs = 100;
const loopQueueName = 'plain-loop';
const texts = Array.from({ length: messages }, (_, n) => smallRequest(n));

/**
 * The app's queue trigger: from the first messages that it has dealt with until the queue is empty. How long it takes to look into a queue
 * that was empty is not in it: that is `start-latency`.
 */
export function ourAcceptQueue(): Promise<Figures> {
  return withStack({ settings: noWork }, async ({ connectionString }) => {
    const seenFromMs = await fillQueue(connectionString, queueName, texts);
    await sleep(seenFromMs - Date.now());
    const queue = new QueueClient(connectionString, queueName);
    // Messages that are being handled count until they are deleted.
    let first: { readonly remaining: number; readonly atMs: number } | undefined;
    for (;;) {
      const { approximateMessagesCount: remaining = 0 } = await queue.getProperties();
      if (remaining < messages) first ??= { remaining, atMs: Date.now() };
      if (first !== undefined && remaining === 0)
        return { startedPerSecond: first.remaining / ((Date.now() - first.atMs) / 1000) };
      await sleep(watchEveryMs);
    }
  });
}

/** A loop that receives, starts an orchestration over Durable's own HTTP API, and deletes. */
export function loopAcceptQueue(appDir: string): Promise<Figures> {
  return withStack({ appDir, settings: noWork }, async ({ connectionString, apiUrl }) => {
    const startUrl = `${apiUrl.replace(/\/api$/, '')}/runtime/webhooks/durabletask/orchestrators/bare`;
    const seenFromMs = await fillQueue(connectionString, loopQueueName, texts);
    await sleep(seenFromMs - Date.now());
    let firstMs: number | undefined;
    await receiveLoop(connectionString, loopQueueName, messages, async (body) => {
      const response = await fetch(startUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      await response.text();
      if (response.status !== 202)
        throw new Error(`the start was answered ${String(response.status)}`);
      firstMs ??= Date.now();
    });
    return { startedPerSecond: (messages - 1) / ((Date.now() - (firstMs ?? seenFromMs)) / 1000) };
  });
}
