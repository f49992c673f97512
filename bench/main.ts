import { styleText } from 'node:util';
import { z } from 'zod';
import type { Bench, Figures } from './bench.ts';
import { benches } from './benches.ts';
import { type BenchOptions, benchOptions, benchUsage } from './benchOptions.ts';
import { judge, type Measured, targetText } from './judge.ts';
import { figuresTable, verdictLines } from './report/benchTable.ts';
import { growthChart } from './report/growthChart.ts';
import { describeMachine, type Machine } from './report/machine.ts';
import { numberText } from './report/numberText.ts';
import { spreadOf } from './report/spread.ts';
import { readResults } from './report/readResults.ts';
import { writeDocs } from './report/writeDocs.ts';
import { writeResult } from './report/writeResult.ts';
import { MeasurementError, runMeasurement } from './runMeasurement.ts';

async function main({ names, rounds }: BenchOptions): Promise<boolean> {
  const chosen = benches.filter(({ name }) => names.length === 0 || names.includes(name));
  const machine = describeMachine();
  const { processor, cores, memoryGiB, node, loadBefore } = machine;
  console.log(
    `${String(cores)} cores of ${processor}, ${String(memoryGiB)} GiB, Node.js ${node}, load before ${String(loadBefore)}\n`,
  );
  const startMs = performance.now();
  const summary: string[] = [];
  let complete = true;
  for (const bench of chosen) {
    try {
      summary.push(...(await report(bench, rounds, machine)));
    } catch (error) {
      if (!(error instanceof MeasurementError)) throw error;
      complete = false;
      summary.push(`  ${styleText('red', 'failed     ')} ${bench.name}`);
      console.error(`${error.message}\n`);
    }
  }
  console.log(
    `${styleText('bold', 'All targets')}\n${summary.join('\n')}\n${numberText((performance.now() - startMs) / 60_000)} minutes; the figures are in bench/results/`,
  );
  // Of a part of the benches the table would mix machines and days.
  if (complete && names.length === 0) writeDocs(readResults(benches.map(({ name }) => name)));
  return complete;
}

async function report(bench: Bench, rounds: number, machine: Machine): Promise<readonly string[]> {
  const startMs = performance.now();
  console.log(`${styleText('bold', bench.name)}  ${bench.what}`);
  const measured = await measure(bench, rounds);
  console.log(figuresTable(bench, measured));
  if (bench.growth !== undefined) console.log(growthChart(bench, measured));
  console.log(verdictLines(bench, measured));
  if (bench.note !== undefined) console.log(`  ${bench.note}`);
  console.log(
    `  ${String(rounds)} ${rounds === 1 ? 'round' : 'rounds'} in ${numberText((performance.now() - startMs) / 1000)} s\n`,
  );
  writeResult(bench, measured, machine);
  return judge(bench, measured).map(
    ({ target, value, reached }) =>
      `  ${reached ? styleText('green', 'reached    ') : styleText('red', 'not reached')} ${bench.name}: ${target.figure} ${targetText(target)}: ${numberText(value)}`,
  );
}

/** Every side once a round, in turn, so that a change of the machine's mood meets all of them. */
async function measure({ name, sides }: Bench, rounds: number): Promise<Measured> {
  const taken = new Map<string, Figures[]>(sides.map((side) => [side.name, []]));
  for (let runCommandId = 1; runCommandId <= rounds; runCommandId += 1) {
    for (const side of sides)
      taken.get(side.name)?.push(await runMeasurement(name, side.name, runCommandId));
  }
  return Object.fromEntries(
    [...taken].map(([side, all]) => {
      const figures = [...new Set(all.flatMap((one) => Object.keys(one)))];
      return [
        side,
        Object.fromEntries(
          figures.map((figure) => [figure, spreadOf(all.flatMap((one) => one[figure] ?? []))]),
        ),
      ];
    }),
  );
}

function parseOptions(): BenchOptions | undefined {
  try {
    return benchOptions(
      process.argv.slice(2),
      benches.map(({ name }) => name),
    );
  } catch (error) {
    const problems =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`)
        : [error instanceof Error ? error.message : String(error)];
    console.error(`${problems.join('\n')}\n\n${benchUsage}`);
    return undefined;
  }
}

const options = parseOptions();
if (options === undefined) process.exitCode = 1;
else if (options.help)
  console.log(
    `${benchUsage}\n\n${benches.map(({ name, what }) => `  ${name.padEnd(14)}${what}`).join('\n')}`,
  );
else if (options.docs) writeDocs(readResults(benches.map(({ name }) => name)));
else if (!(await main(options))) process.exitCode = 1;
