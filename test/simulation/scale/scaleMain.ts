import { writeFileSync } from 'node:fs';
import { readPrices } from './prices.ts';
import { programmeStartMs } from './programme.ts';
import { programmeText } from './programmeText.ts';
import { runProgramme } from './runProgramme.ts';
import { scaleOptions } from './scaleOptions.ts';
import { scaleProgress } from './scaleProgress.ts';

/** `npm run simulate -- --scale N`: runs a programme and prints its timeline; exit code 1 when a user is left without an outcome. */
export async function simulateScale(args: readonly string[]): Promise<void> {
  const { shape, pricesFile, jsonFile } = scaleOptions(args);
  // Before the long run: a price list that cannot be read would be noticed after it.
  const prices = pricesFile === null ? null : readPrices(pricesFile);
  const startedMs = performance.now();
  const result = await runProgramme(shape, scaleProgress(process.stderr, shape, programmeStartMs));
  process.stderr.write(
    `${process.stderr.isTTY ? '\r\u001B[K' : ''}${((performance.now() - startedMs) / 1_000).toFixed(0)} s\n`,
  );
  process.stdout.write(`${programmeText(result, prices)}\n`);
  if (jsonFile !== null) writeFileSync(jsonFile, `${JSON.stringify({ ...result, prices })}\n`);
  const done = Object.values(result.outcomes).reduce((sum, count) => sum + count, 0);
  if (done === shape.users && result.hostErrors.length === 0) return;
  process.stderr.write(
    `${String(shape.users - done)} users have no outcome; ${String(result.hostErrors.length)} errors of the host\n`,
  );
  process.exitCode = 1;
}
