import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { clockEnvironment } from '../../local/clock/clockSetting.ts';
import { realTime, ScaledClock } from '../../local/clock/scaledClock.ts';
import { startHost } from '../../local/functions-host/startHost.ts';
import { freePort } from '../../local/stack/freePort.ts';
import {
  azuriteProcess,
  graphProcess,
  hostProcess,
  sourceTenantId,
} from '../../local/stack/stackProcesses.ts';
import { SupervisedProcess } from '../../local/stack/supervisedProcess.ts';

// Sends one users request to the app and prints, as JSON, the deployed files that it executes from
// `POST /migrations` to the last outcome. The app runs from its sources in this process, in the
// local host, so that V8 sees each file; storage and Graph are the emulators. The time runs fast.

const projectUrl = new URL('../..', import.meta.url).href;
const projectDir = fileURLToPath(projectUrl);
const deployed = /^(functions|orchestrations|shared)\//;
// What runs by the clock is no part of a request.
const timers = ['sweep', 'poisonMessages'];
const speed = 10_000;
const limitSeconds = 120;
const usersRequest = {
  kind: 'users',
  name: 'wave01',
  sourceTenantId,
  users: ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000017'],
  exchangeSettings: {
    sourceEndpoint: 'xt-endpoint',
    targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
  },
};

const dataDir = mkdtempSync(join(tmpdir(), 'budgets-'));
mkdirSync(join(dataDir, 'logs'));
const clock = clockEnvironment(new ScaledClock(realTime(speed)));
const common = { dataDir, speed, clock };
const started: (() => Promise<unknown>)[] = [];
const start = async (spec: ReturnType<typeof graphProcess>): Promise<SupervisedProcess> => {
  const running = await SupervisedProcess.start(spec);
  started.push(() => running.stop());
  return running;
};

try {
  const files = await measure();
  process.stdout.write(`${JSON.stringify(files)}\n`);
} finally {
  for (const stop of started.reverse()) await stop();
  rmSync(dataDir, { recursive: true, force: true });
}
// The clients of the app hold sockets.
process.exit();

async function measure(): Promise<readonly string[]> {
  const graphPort = await freePort();
  const scenario = join(dataDir, 'scenario.json');
  writeFileSync(scenario, '{}');
  const azurite = await start(azuriteProcess({ dataDir }));
  await start(graphProcess({ ...common, port: graphPort, scenario }));
  const connectionString = azurite.ready[1] ?? '';

  const { environment } = hostProcess({
    ...common,
    port: 0,
    graphUrl: `http://127.0.0.1:${String(graphPort)}`,
    connectionString,
    settings: Object.fromEntries(timers.map((name) => [`AzureWebJobs.${name}.Disabled`, 'true'])),
  });
  Object.assign(process.env, environment);
  const host = await startHost({ appDir: createAppFolder(), port: 0, dataDir, write: () => true });
  started.push(() => host.stop());

  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const migrationId = await sendRequest(host.url);
  await waitForEnd(migrationId, new QueueClient(connectionString, 'migration-outcomes'));
  const { result } = await session.post('Profiler.takePreciseCoverage');

  const files = result.flatMap(({ url, functions }) => {
    if (!url.startsWith(projectUrl)) return [];
    const file = url.slice(projectUrl.length);
    // A module that is loaded late counts once a function of it is called.
    const isExecuted = functions.some(
      ({ functionName, ranges: [range] }) =>
        range !== undefined && range.count > 0 && (functionName !== '' || range.startOffset > 0),
    );
    return deployed.test(file) && isExecuted ? [file] : [];
  });
  if (files.length === 0)
    throw new Error('V8 has seen no deployed file: the app did not run from its sources');
  const foreign = files.find((file) => /^functions\/(timers|queues)\//.test(file));
  if (foreign !== undefined)
    throw new Error(
      `${foreign} was executed, but the request came by HTTP: add its function to the disabled ones`,
    );
  return files.sort();
}

/** Creates an app that consists of the sources: Node strips their types. */
function createAppFolder(): string {
  const appDir = mkdtempSync(join(dataDir, 'app-'));
  writeFileSync(join(appDir, 'package.json'), JSON.stringify({ main: 'main.mjs' }));
  writeFileSync(join(appDir, 'main.mjs'), `import '${projectUrl}functions/main.ts';\n`);
  cpSync(join(projectDir, 'host.json'), join(appDir, 'host.json'));
  return appDir;
}

async function sendRequest(hostUrl: string): Promise<string> {
  const response = await fetch(`${hostUrl}/api/migrations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(usersRequest),
  });
  if (response.status !== 202)
    throw new Error(`POST /migrations: ${String(response.status)} ${await response.text()}`);
  return z.object({ id: z.string() }).parse(await response.json()).id;
}

/**
 * Waits for the event that the migration has finished. Reads the queue, because a request to the
 * app would be measured.
 */
async function waitForEnd(migrationId: string, outcomes: QueueClient): Promise<void> {
  const eventSchema = z.object({
    type: z.string(),
    data: z.looseObject({
      migrationId: z.string().optional(),
      counts: z.record(z.string(), z.number()).optional(),
    }),
  });
  const deadlineMs = performance.now() + limitSeconds * 1000;
  while (performance.now() < deadlineMs) {
    const { receivedMessageItems } = await outcomes.receiveMessages({ numberOfMessages: 32 });
    const end = receivedMessageItems
      .map(({ messageText }) =>
        eventSchema.parse(JSON.parse(Buffer.from(messageText, 'base64').toString('utf8'))),
      )
      .find(
        ({ type, data }) =>
          type.endsWith('.migration.finished') && data.migrationId === migrationId,
      );
    if (end !== undefined) {
      if (end.data.counts?.['succeeded'] !== usersRequest.users.length)
        throw new Error(`the request has not succeeded: ${JSON.stringify(end.data)}`);
      // What the last activity and its orchestration still do.
      await sleep(1_000);
      return;
    }
    await sleep(100);
  }
  throw new Error(`the migration has not finished within ${String(limitSeconds)} s`);
}
