import type { Figures } from '../bench.ts';
import { quantile } from '../report/spread.ts';
import { withStack } from './benchStack.ts';
import { noWork, smallRequest } from './smallRequest.ts';

// Both sides are warm when they are measured, as a host that takes requests is.
const warmUp = 600;
const requests = 1_200;
const connections = 16;

/**
 * Sends requests over a few connections, each as soon as the one before is answered. With `intakeOnly` the first activity
 * of a migration is switched off, so that nothing goes on behind what was accepted.
 */
export function acceptHttp({
  appDir,
  intakeOnly,
}: {
  readonly appDir?: string;
  readonly intakeOnly: boolean;
}): Promise<Figures> {
  return withStack(
    { ...(appDir === undefined ? {} : { appDir }), settings: intakeOnly ? noWork : {} },
    async ({ apiUrl }) => {
      const latencies: number[] = [];
      const send = async (from: number, to: number): Promise<void> => {
        let next = from;
        const run = async (): Promise<void> => {
          while (next < to) {
            const body = smallRequest(next++);
            const startMs = performance.now();
            const response = await fetch(`${apiUrl}/migrations`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body,
            });
            await response.text();
            if (response.status !== 202)
              throw new Error(`POST /migrations was answered ${String(response.status)}`);
            latencies.push(performance.now() - startMs);
          }
        };
        await Promise.all(Array.from({ length: connections }, run));
      };
      await send(0, warmUp);
      latencies.length = 0;
      const startMs = performance.now();
      await send(warmUp, warmUp + requests);
      const seconds = (performance.now() - startMs) / 1000;
      const sorted = latencies.toSorted((a, b) => a - b);
      return {
        acceptedPerSecond: requests / seconds,
        p50Ms: quantile(sorted, 0.5),
        p99Ms: quantile(sorted, 0.99),
      };
    },
  );
}
