import { setTimeout as sleep } from 'node:timers/promises';
import type { Stores } from '../shared/storage/stores.ts';

const againMs = 10_000;

/**
 * Creates the tables, containers and queues that are missing. Never rejects: a start hook that does leaves an app without functions. While storage is out of reach
 * they are tried again in the background; until they are there every route that needs them answers 503.
 * @param log where the failure and its end are told, once each
 */
export async function prepareStorage(
  { prepare }: Pick<Stores, 'prepare'>,
  log: (text: string) => void = (text) => console.error(text),
  pauseMs = againMs,
): Promise<void> {
  try {
    await prepare();
  } catch (error) {
    log(
      `the tables, containers and queues cannot be created yet; this is tried again every ${String(pauseMs / 1_000)} s: ${error instanceof Error ? error.message : String(error)}`,
    );
    void keepTrying(prepare, log, pauseMs);
  }
}

async function keepTrying(
  prepare: Stores['prepare'],
  log: (text: string) => void,
  pauseMs: number,
): Promise<void> {
  for (;;) {
    // It must not keep alive what is to end.
    await sleep(pauseMs, undefined, { ref: false });
    try {
      await prepare();
      log('the tables, containers and queues are there');
      return;
    } catch {
      // Told once.
    }
  }
}
