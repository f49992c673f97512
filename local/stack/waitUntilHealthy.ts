import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessDiedError } from './processDiedError.ts';
import type { ProcessSpec, SupervisedProcess } from './supervisedProcess.ts';

const limitSeconds = 30;

/** Resolves when `GET /health` answers 200; throws a ProcessDiedError with the last answer when it does not in time. */
export async function waitUntilHealthy(
  apiUrl: string,
  host: SupervisedProcess,
  { logFile }: ProcessSpec,
  signal?: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + limitSeconds * 1000;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await Promise.race([askHealth(apiUrl), host.died]);
    if (answer instanceof ProcessDiedError) throw answer;
    if (answer === 'healthy') return;
    if (performance.now() > deadlineMs) {
      throw new ProcessDiedError(
        host.name,
        `runs, but the app is not healthy (${answer})`,
        logFile,
      );
    }
    await sleep(100);
  }
}

async function askHealth(apiUrl: string): Promise<string> {
  try {
    const response = await fetch(`${apiUrl}/health`, { signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    return response.status === 200
      ? 'healthy'
      : `GET /health answered ${String(response.status)} ${text}`;
  } catch (error) {
    return `GET /health failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
