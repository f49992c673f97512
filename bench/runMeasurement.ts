import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Figures } from './bench.ts';

const figuresSchema = z.record(z.string(), z.number());
const timeoutMs = 600_000;

/** A measurement ended without figures. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}

/** Measures one side once in a fresh process. @throws MeasurementError with the last lines that the process wrote */
export function runMeasurement(
  bench: string,
  side: string,
  runCommandId: number,
): Promise<Figures> {
  const { promise, resolve, reject } = Promise.withResolvers<Figures>();
  const child = fork(
    fileURLToPath(new URL('measureOnce.ts', import.meta.url)),
    ['--bench', bench, '--side', side, '--round', String(runCommandId)],
    {
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    },
  );
  let written = '';
  let figures: Figures | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      written = `${written}${chunk.toString()}`.slice(-4_000);
    });
  }
  child.on('message', (message) => {
    figures = figuresSchema.parse(message);
  });
  child.once('error', reject);
  child.once('close', (code, signal) => {
    if (figures !== undefined && code === 0) resolve(figures);
    else
      reject(
        new MeasurementError(
          `${bench} ${side} ended with ${String(signal ?? code)}: ${written.trim().split('\n').slice(-14).join('\n')}`,
        ),
      );
  });
  return promise;
}
