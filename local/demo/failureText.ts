import { join } from 'node:path';
import { z } from 'zod';
import { logTail } from '../stack/logTail.ts';
import type { DemoOptions } from './demoOptions.ts';
import { NotFinishedError } from './followMigrations.ts';

/** What to print when the demo has failed: the reason, and the end of the logs where the reason alone says too little. */
export function failureText(error: unknown, { dataDir, timeoutSeconds }: DemoOptions): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  const logs = (['host', 'graph'] as const).map((name) => join(dataDir, 'logs', `${name}.log`));
  const tails = logs.map((file) => `the end of ${file}:\n${logTail(file)}`).join('\n');
  if (error instanceof NotFinishedError) return `${error.message}\n${tails}`;
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return `the stack was not up in ${String(timeoutSeconds)} seconds\n${tails}`;
  }
  return error instanceof Error ? error.message : String(error);
}
