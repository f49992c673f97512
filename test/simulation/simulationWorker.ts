import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { isMechanism } from './sabotage.ts';
import { simulateRun } from './simulateRun.ts';
import type { FromWorker } from './workerPool.ts';

const askedSchema = z.object({
  seed: z.int(),
  off: z.string().refine(isMechanism).nullable(),
  trace: z.boolean(),
  early: z.boolean(),
});

const send = (message: FromWorker): void => parentPort?.postMessage(message);

parentPort?.on('message', (message: unknown) => {
  const { seed, off, trace, early } = askedSchema.parse(message);
  simulateRun(seed, off !== null && isMechanism(off) ? off : null, { early }).then(
    (result) => {
      send({
        kind: 'ran',
        result: trace || result.broken.length > 0 ? result : { ...result, trace: [] },
      });
    },
    (error: unknown) => {
      send({
        kind: 'died',
        seed,
        reason: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    },
  );
});
