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
import {
  commandsTable,
  countsTable,
  demoSummary,
  recordsText,
  troubledUsersTable,
} from './tables.ts';
import { realSpanText, spanText, virtualDate } from './virtualTime.ts';

const originMs = Date.parse('2026-11-20T08:00:00Z');
const hourMs = 3_600_000;
// A slow machine is days of the stack's clock later when the stack is up.
const cutoverAfterHours = 36;
const realStartMs = performance.now();
const deathNoticeMs = 500;

async function main(options: DemoOptions): Promise<void> {
  const out = options.json ? process.stderr : process.stdout;
  const say = (line = ''): void => {
    out.write(`${line}\n`);
  };
  const { dataDir, speed, timeoutSeconds } = options;
  const stopped = stopSignals();
  const late = AbortSignal.timeout(timeoutSeconds * 1000);
  emptyDataDir(dataDir, options.ownsDataDir);

  say(
    `Starting storage, the Graph emulator and the host; a second is ${spanText(speed * 1000)} here …`,
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
    say(`The app is up at ${stack.apiUrl} after ${realSpanText(performance.now() - realStartMs)}.`);
    const cutoverAtMs = Math.ceil(stack.clock.now() / hourMs + cutoverAfterHours) * hourMs;
    say(
      'It gets the files of examples/: wave08-validate-only.json through the queue, the others by HTTP.',
    );
    say(`The cutover is set to ${virtualDate(cutoverAtMs)}.\n`);
    const api = new ApiClient(stack.apiUrl);
    migrations = await runExamples(stack, api, cutoverAtMs, options, out, stopped);
    const asked = await Promise.all(
      migrations.map(async ({ id, name }) => ({ name, commands: await api.commands(id) })),
    );
    const tasks = (await Promise.all(migrations.map(({ id }) => api.tasks(id)))).flat();
    say(`\n${styleText('bold', 'How it ended')}\n${countsTable(migrations)}`);
    say(`\n${styleText('bold', 'What was asked on the way')}\n${commandsTable(asked)}`);
    say(
      `\n${styleText('bold', 'Who needs a person, and what for')}\n${troubledUsersTable(migrations, tasks)}\n`,
    );
    say(`${styleText('bold', 'Where the records are')}\n${recordsText(dataDir, migrations)}\n`);
  } finally {
    await stack.stop();
    // Whoever looks at the records later finds the clock where the demo left it.
    openClock({ environment: {}, dataDir, speed: 1 });
  }
  say(
    `${spanText(stack.clock.now() - originMs)} of migration in ${realSpanText(performance.now() - realStartMs)}; ` +
      `the clock stood at ${virtualDate(stack.clock.now())}.`,
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
    const actions = new DemoActions(api, (line) => {
      view.note(line);
    });
    return await followMigrations({
      api,
      names: [...names, ...followerNames],
      look: (migrations) => actions.look(migrations),
      nowMs: () => stack.clock.now(),
      show: (snapshot) => {
        view.show(snapshot);
      },
      deadlineMs: realStartMs + timeoutSeconds * 1000,
      signal,
    });
  } catch (error) {
    // A process that died shows first as a request without an answer: its end says more.
    throw (
      (await Promise.race([stack.died, sleep(deathNoticeMs, undefined, { ref: false })])) ?? error
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
