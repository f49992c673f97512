import { stripVTControlCharacters } from 'node:util';
import { coverageTables } from './coverageTables.ts';
import { type SimulationOptions, simulationOptions, usage } from './options.ts';
import { openProgress } from './progress.ts';
import { failureReport, traceLine } from './report.ts';
import { runMany, seedsFrom } from './runMany.ts';
import { asksForScale, scaleUsage } from './scale/scaleOptions.ts';
import { searchMutations } from './searchMutations.ts';
import { Tally } from './tally.ts';

// More than these need not be read before the first is understood.
const maxFailures = 30;

/** `npm run simulate`: exit code 0 when every run has kept every promise, 1 when one has not, 2 for a bad command line. */
async function main(options: SimulationOptions): Promise<void> {
  const { seed, runs, workers, trace, early, off } = options;
  const startMs = performance.now();
  const seconds = (): number => (performance.now() - startMs) / 1_000;
  const say = (text: string): void => {
    const shown = process.stdout.isTTY ? text : stripVTControlCharacters(text);
    process.stdout.write(`${shown}\n`);
  };
  if (off === 'all') {
    process.exitCode = (await searchMutations(options, say)) ? 0 : 1;
    return;
  }
  say(
    `${String(runs)} runs from seed ${String(seed)} on ${String(workers)} threads${off === null ? '' : `, with this switched off: ${off}`}.`,
  );
  const tally = new Tally();
  const progress = openProgress(process.stderr, runs);
  try {
    await runMany({
      seeds: seedsFrom(seed, runs),
      workers: Math.min(workers, runs),
      off,
      trace,
      early,
      onRun: (result) => {
        tally.add(result);
        progress.show(tally, seconds());
        if (trace)
          say(
            `Seed ${String(result.seed)}, trace ${result.traceHash}:\n${result.trace.map((line) => `  ${traceLine(line)}`).join('\n')}`,
          );
        return tally.failed.length < maxFailures;
      },
    });
  } finally {
    progress.close();
  }
  say(coverageTables(tally));
  for (const result of tally.failed.toSorted((a, b) => a.seed - b.seed))
    say(
      `\n${failureReport(result, `npm run simulate -- --seed ${String(result.seed)} --runs 1 --trace${early ? ' --early' : ''}`)}`,
    );
  const { migrations, calls, failed } = tally;
  say(
    `\n${String(tally.runs)} runs in ${seconds().toFixed(1)} s: ${String(migrations)} migrations (${String(Math.round((migrations / seconds()) * 60))} a minute), ${String(calls)} calls to Graph, ${String(failed.length)} runs with broken promises.`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

try {
  const args = process.argv.slice(2);
  if (asksForScale(args)) {
    const { simulateScale } = await import('./scale/scaleMain.ts');
    await simulateScale(args);
  } else {
    const options = simulationOptions(args);
    if (options.help) process.stdout.write(`${usage}\n\n${scaleUsage}\n`);
    else await main(options);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
