import { setTimeout as sleep } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { Stack } from '../../local/stack/startStack.ts';
import type { Figures } from '../bench.ts';
import { quantile } from '../report/spread.ts';
import { withStack } from './benchStack.ts';
import { fillQueue } from './fillQueue.ts';
import { smallRequest } from './smallRequest.ts';

const queueName = 'migration-requests';
const giveUpMs = 240_000;
// The jobs wait in Graph, so that a row of a user stays as the plan has written it.
const scenario = { timings: { validation: { min: 86_400, max: 86_400 } } };
const rowSchema = z.object({ rowKey: z.string(), updatedAt: z.string() });

/**
 * Milliseconds from the moment at which a message can be seen in the queue to the moment at which its migration has
 * started, which is when its orchestration's first activity plans it. `count` messages wait together.
 */
async function latencies(
  { connectionString }: Stack,
  from: number,
  count: number,
): Promise<number[]> {
  const seenFromMs = await fillQueue(
    connectionString,
    queueName,
    Array.from({ length: count }, (_, n) => smallRequest(from + n)),
  );
  const deadlineMs = Date.now() + giveUpMs;
  for (;;) {
    const plannedAt = (await plannedUsers(connectionString)).filter(
      ({ n }) => n >= from && n < from + count,
    );
    if (plannedAt.length === count)
      return plannedAt.map(({ atMs }) => atMs - seenFromMs).toSorted((a, b) => a - b);
    if (Date.now() > deadlineMs)
      throw new Error(`${String(plannedAt.length)} of ${String(count)} migrations have started`);
    await sleep(count > 100 ? 2_000 : 200);
  }
}

async function plannedUsers(
  connectionString: string,
): Promise<{ readonly n: number; readonly atMs: number }[]> {
  const table = TableClient.fromConnectionString(connectionString, 'tasks', {
    allowInsecureConnection: true,
  });
  const users = [];
  for await (const row of table.listEntities({
    queryOptions: { select: ['rowKey', 'updatedAt'] },
  })) {
    const { rowKey, updatedAt } = rowSchema.parse(row);
    users.push({ n: Number(rowKey.slice(-12)), atMs: Date.parse(updatedAt) });
  }
  return users;
}

/** With so many messages that become visible in the same second. */
export function queuedLatency(count: number): Promise<Figures> {
  return withStack({ scenario }, async (stack) => {
    const sorted = await latencies(stack, 1, count);
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
    return { p50Ms: p50, p99Ms: p99, p99OverP50: p99 / p50 };
  });
}

/** One message after the other, each sent when the one before has started. */
export function singleLatency(count: number): Promise<Figures> {
  return withStack({ scenario }, async (stack) => {
    const all: number[] = [];
    for (let n = 1; n <= count; n += 1) all.push(...(await latencies(stack, n, 1)));
    const sorted = all.toSorted((a, b) => a - b);
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
    return { p50Ms: p50, p99Ms: p99, p99OverP50: p99 / p50 };
  });
}
