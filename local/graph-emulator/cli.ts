import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openClock } from '../clock/clockSetting.ts';
import { createEmulator } from './createEmulator.ts';
import { FaultPlanError, readFaultPlan } from './faults/faultPlan.ts';
import { listen, PortInUseError } from './listen.ts';
import { readScenario, ScenarioError, scenarioSchema } from './scenario.ts';

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '7080' },
        speed: { type: 'string', default: '1' },
        scenario: { type: 'string' },
        faults: { type: 'string' },
        data: { type: 'string' },
      },
    });
    const port = Number(values.port);
    const speed = Number(values.speed);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      fail(`--port must be a port number, not ${values.port}`);
    if (!(speed > 0)) fail(`--speed must be a number above 0, not ${values.speed}`);
    return { port, speed, scenario: values.scenario, faults: values.faults, dataDir: values.data };
  } catch (error) {
    return fail(
      `${error instanceof Error ? error.message : String(error)}\nusage: npm run graph -- [--port 7080] [--speed 1] [--scenario FILE] [--faults FILE] [--data DIR]`,
    );
  }
}

const { port, speed, scenario: scenarioFile, faults: faultsFile, dataDir } = readArguments();
try {
  const scenario =
    scenarioFile === undefined ? scenarioSchema.parse({}) : readScenario(scenarioFile);
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const kept = dataDir === undefined ? {} : { dataDir };
  const clock = openClock({ environment: process.env, speed, ...kept });
  const faults = faultsFile === undefined ? {} : { faults: readFaultPlan(faultsFile) };
  const emulator = createEmulator({ scenario, clock, ...faults, ...kept });
  const listener = await listen('127.0.0.1', port, (request) => emulator.fetch(request));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      void listener.close().then(() => process.exit(0));
    });
  }
  process.stdout.write(`ready ${listener.url}\n`);
} catch (error) {
  if (
    error instanceof ScenarioError ||
    error instanceof FaultPlanError ||
    error instanceof PortInUseError
  )
    fail(error.message);
  throw error;
}
