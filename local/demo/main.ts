import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { z } from 'zod';
import { openClock } from '../clock/clockSetting.ts';
import { type Stack, startStack } from '../stack/startStack.ts';
import { StoppedError, stopSignals } from '../stack/stopSignals.ts';
import { ApiClient, type MigrationDetail } from './apiClient.ts';
import { DemoActions, followerNames } from './demoActions.ts';
import { type DemoOptions, demoOptions, demoUsage, emptyDataDir } from './demoOptions.ts';
import { failureText, followMigrations } from './followMigrations.ts';
import { LiveProgress } from './liveProgress.ts';
import { PlainProgress } from './progress.ts';
import { sendExamples } from './sendExamples.ts';
import { commandsTable, countsTable, demoSummary, recordsText, errorsTable } from './tables.ts';
import { realSpanText, spanText, virtualDate } from './virtualTime.ts';

const originMs = Date.parse('2026-11-20T08:00:00Z');
const hourMs = 3_600_000;
// On a slow machine, the start of the stack takes days of its clock.
const cutoverAfterHours = 36;
const realStartMs = performance.now();
const exitReportMs = 500;

async function main(options: DemoOptions): Promise<void> {
  const out = options.json ? process.stderr : process.stdout;
  const print = (line = ''): void => {
    out.write(`${line}\n`);
  };
  const { dataDir, speed, timeoutSeconds } = options;
  const stopped = stopSignals();
  const late = AbortSignal.timeout(timeoutSeconds * 1000);
  emptyDataDir(dataDir, options.ownsDataDir);

  print(
    `Starting Azurite, the Graph emulator and the Functions host. Their clock runs ${speed.toLocaleString('en')} times faster than real time: one second is ${spanText(speed * 1000)}.`,
  );
  const stack = await startStack({
    dataDir,
    speed,
    originMs,
    scenario: join(import.meta.dirname, '..', '..', 'examples', 'scenario.json'),
    signal: AbortSignal.any([stopped, late]),
  });
  let migrations: readonly MigrationDetail[];
  try {
    print(
      `The app is ready at ${stack.apiUrl} after ${realSpanText(performance.now() - realStartMs)}.`,
    );
    const cutoverAtMs = Math.ceil(stack.clock.now() / hourMs + cutoverAfterHours) * hourMs;
    print(
      'Sending the requests in examples/: wave08-validate-only.json through the queue, the others over HTTP.',
    );
    print(`The users cut over after ${virtualDate(cutoverAtMs)}.\n`);
    const api = new ApiClient(stack.apiUrl);
    migrations = await runExamples(stack, api, cutoverAtMs, options, out, stopped);
    const commands = await Promise.all(
      migrations.map(async ({ id, name }) => ({ name, commands: await api.commands(id) })),
    );
    const tasks = (await Promise.all(migrations.map(({ id }) => api.tasks(id)))).flat();
    print(`\n${styleText('bold', 'Results')}\n${countsTable(migrations)}`);
    print(`\n${styleText('bold', 'Commands')}\n${commandsTable(commands)}`);
    print(`\n${styleText('bold', 'Errors, and what to do')}\n${errorsTable(migrations, tasks)}\n`);
    print(`${styleText('bold', 'Records')}\n${recordsText(dataDir, migrations)}\n`);
  } finally {
    await stack.stop();
    // A stack that uses the records later continues at this instant in real time.
    openClock({ environment: {}, dataDir, speed: 1 });
  }
  print(
    `The stack's clock advanced ${spanText(stack.clock.now() - originMs)} in ${realSpanText(performance.now() - realStartMs)}, to ${virtualDate(stack.clock.now())}.`,
  );
  if (options.json) process.stdout.write(`${JSON.stringify(demoSummary(migrations))}\n`);
}

async function runExamples(
  stack: Stack,
  api: ApiClient,
  cutoverAtMs: number,
  { timeoutSeconds }: DemoOptions,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<readonly MigrationDetail[]> {
  const view = out.isTTY
    ? new LiveProgress(out, originMs)
    : new PlainProgress((line) => out.write(`${line}\n`));
  try {
    const names = await sendExamples(api, stack.connectionString, cutoverAtMs);
    const nowMs = (): number => stack.clock.now();
    const actions = new DemoActions(api, nowMs, (line) => {
      view.note(line);
    });
    return await followMigrations({
      api,
      names: [...names, ...followerNames],
      onPoll: (migrations) => actions.executeDue(migrations),
      nowMs,
      show: (snapshot) => {
        view.show(snapshot);
      },
      deadlineMs: realStartMs + timeoutSeconds * 1000,
      signal,
    });
  } catch (error) {
    // When a process ends, a request fails first. The end of the process is the better message.
    throw (
      (await Promise.race([stack.died, sleep(exitReportMs, undefined, { ref: false })])) ?? error
    );
  } finally {
    view.close();
  }
}

function parseOptions(): DemoOptions | undefined {
  try {
    return demoOptions(process.argv.slice(2));
  } catch (error) {
    const problems =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`)
        : [String(error)];
    console.error(`${problems.join('\n')}\n\n${demoUsage}`);
    return undefined;
  }
}

const options = parseOptions();
if (options === undefined) {
  process.exitCode = 1;
} else if (options.help) {
  console.log(demoUsage);
} else {
  try {
    await main(options);
  } catch (error) {
    process.exitCode = error instanceof StoppedError ? 130 : 1;
    console.error(
      error instanceof StoppedError ? 'stopped' : `The demo failed: ${failureText(error, options)}`,
    );
  }
}
