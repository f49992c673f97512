import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.ts';
import { judge, type Measured, targetText } from '../judge.ts';
import type { Machine } from './machine.ts';

const resultsDir = join(import.meta.dirname, '..', 'results');

/** Writes what a bench has measured to `bench/results/<name>.json`. */
export function writeResult(bench: Bench, measured: Measured, machine: Machine): void {
  const { name, what, note } = bench;
  const targets = judge(bench, measured).map(({ target, value, reached }) => ({
    figure: target.figure,
    ...(target.against === undefined ? {} : { against: target.against }),
    target: targetText(target),
    value: Number.isFinite(value) ? value : null,
    reached,
  }));
  mkdirSync(resultsDir, { recursive: true });
  const result = {
    name,
    what,
    ...(note === undefined ? {} : { note }),
    measuredAt: new Date().toISOString(),
    machine,
    targets,
    measured,
  };
  writeFileSync(join(resultsDir, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}
