import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { clockEnvironment } from '../../../local/clock/clockSetting.ts';
import { hostProcess } from '../../../local/stack/stackProcesses.ts';
import type { ProcessSpec } from '../../../local/stack/supervisedProcess.ts';
import { isFinalPhase } from '../../../shared/domain/outcomes.ts';
import type { SeededRandom } from '../../simulation/seededRandom.ts';
import type { TestStack } from '../testStack.ts';
import { waitFor } from '../waitFor.ts';
import type { ToldMigration } from './brokenPromises.ts';
import { DyingHost } from './dyingHost.ts';
import { PatientClient } from './patientClient.ts';
import { type PlannedMigration, plannedMigrations } from './plannedMigrations.ts';

const acceptedSchema = z.object({ id: z.string() });
const sendResultSchema = z.object({ commandId: z.string() });
// Some lives end while the host still starts.
const stillbornShare = 0.15;
const startMs = 400;
// The others end after so many lines of their log: on a slow machine a life gets as far as on a quick one.
const mostLines = 400;
// 24 seconds of real time.
const cutoverHours = 8;
const longestLifeMs = 3_000;
// Asking more often would keep the host busy with nothing but answers.
const askMs = 400;
// Far more than the sweep takes to come by.
const answerSeconds = 120;

export interface CrashRun {
  readonly told: readonly ToldMigration[];
  readonly kills: number;
  /** Requests that a crash left without an answer and that were sent again. */
  readonly repeats: number;
}

/** Kills the host of a stack so many times while migrations of every kind go through it, and lets them all come to their end. */
export async function crashRun(
  running: TestStack,
  spec: ProcessSpec,
  options: { readonly random: SeededRandom; readonly kills: number },
): Promise<CrashRun> {
  const { random } = options;
  const client = new PatientClient(running);
  const planned = plannedMigrations(random, cutoverHours);
  let kills = 0;
  const failed = new AbortController();
  const crash = async (): Promise<void> => {
    try {
      while (kills < options.kills && !failed.signal.aborted) {
        const host = new DyingHost(spec);
        const isStillborn = random.chance(stillbornShare);
        if (!isStillborn) {
          await host.untilReady();
          await host.untilLines(random.spread(1, mostLines), longestLifeMs);
        }
        await host.killAfter(random.between(0, isStillborn ? startMs : 20));
        kills += 1;
      }
    } finally {
      // Also after a failure: the others wait for answers.
      await running.stack.startHost();
    }
  };
  const follow = async (migration: PlannedMigration, index: number): Promise<ToldMigration> => {
    // Spread over the first two thirds of the kills, so that every phase of every migration meets some.
    await waitFor(
      'its turn',
      () =>
        Promise.resolve(
          kills >= (options.kills * index * 2) / (3 * planned.length) ? true : undefined,
        ),
      1_200,
      askMs,
    );
    return followed(migration, client, running);
  };
  const all = [crash(), ...planned.map(follow)] as const;
  // One that fails must not leave the others at work.
  for (const one of all)
    void one.catch(() => {
      failed.abort();
    });
  const [, ...told] = await Promise.all(all);
  return { told, kills, repeats: client.repeats };
}

/** The host's process as the stack runs it, but with a cache of compiled code, which halves the cost of a start. */
export async function cachedHost(
  { stack }: TestStack,
  settings: Readonly<Record<string, string>>,
): Promise<ProcessSpec> {
  const spec = hostProcess({
    dataDir: stack.dataDir,
    port: Number(new URL(stack.apiUrl).port),
    speed: stack.clock.setting.speed,
    clock: clockEnvironment(stack.clock),
    graphUrl: stack.graphUrl,
    connectionString: stack.connectionString,
    settings: { ...settings, NODE_COMPILE_CACHE: join(stack.dataDir, 'compiled') },
  });
  // The cache is written when a process ends in order.
  const first = new DyingHost(spec);
  await first.untilReady();
  await first.stop();
  return spec;
}

/** Sends a request as planned, asks all that is to be asked, waits for the end, and returns what the app tells. */
export async function followed(
  planned: PlannedMigration,
  client: PatientClient,
  running: TestStack,
): Promise<ToldMigration> {
  const { api } = client;
  const request = planned.request(running.stack.clock.now());
  const text = JSON.stringify(request);
  if (planned.way !== 'http')
    for (let copy = 0; copy < planned.copies; copy += 1) await client.enqueue(text);
  if (planned.way !== 'queue') {
    const answer = await client.post('migrations', request);
    if (answer.status !== 202)
      throw new Error(`${planned.name} was refused: ${JSON.stringify(answer)}`);
    acceptedSchema.parse(answer.body);
  }
  const id = await waitFor(
    `the migration ${planned.name}`,
    async () => (await client.idsByName(planned.name))[0],
    600,
    askMs,
  );
  const takenCommandIds: string[] = [];
  for (const [index, command] of planned.commands.entries()) {
    const { when } = command;
    if (when !== undefined)
      await waitFor(
        `the moment for ${command.path}`,
        async () => (when(await api.migration(id)) ? true : undefined),
        600,
        askMs,
      );
    await sleep(command.afterMs);
    const answer = await client.post(
      `migrations/${id}/${command.path}`,
      command.body(running.stack.clock.now()),
      `${planned.name}-${String(index)}`,
    );
    if (answer.status === 202) takenCommandIds.push(sendResultSchema.parse(answer.body).commandId);
    else if (answer.status !== 409)
      throw new Error(
        `${command.path} of ${planned.name} was answered with ${JSON.stringify(answer)}`,
      );
  }
  let endedMs: number | undefined;
  const migration = await waitFor(
    `the end of ${planned.name}`,
    async () => {
      // The commands first: one that is answered may have set the migration going again.
      const commands = await api.commands(id);
      const detail = await api.migration(id);
      if (!isFinalPhase(detail.phase)) return undefined;
      endedMs ??= performance.now();
      // One that is never answered is a broken promise, and told as one.
      return commands.every(({ state }) => state !== 'pending') ||
        performance.now() - endedMs > answerSeconds * 1_000
        ? detail
        : undefined;
    },
    900,
    askMs,
  );
  const same = await client.idsByName(planned.name);
  if (same.length !== 1)
    throw new Error(`${planned.name} became ${String(same.length)} migrations: ${same.join(', ')}`);
  return {
    migration,
    tasks: await api.tasks(id),
    commands: await api.commands(id),
    takenCommandIds,
  };
}
