import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openClock } from '../clock/clockSetting.ts';
import { createEmulator } from './createEmulator.ts';
import { FaultPlanError, readFaultPlan } from './faults/faultPlan.ts';
import { listen, PortInUseError } from './listen.ts';
import { readScenario, ScenarioError, scenarioSchema } from './scenario.ts';

const usage = `Runs the Microsoft Graph emulator.

  npm run graph -- [--port 7080] [--speed 1] [--scenario FILE] [--faults FILE] [--data DIR]

  --port      the port on 127.0.0.1; 0 selects a free port
  --speed     how many times faster than real time the emulator's clock runs
  --scenario  a JSON file: which users and jobs fail, and how this tenant behaves
  --faults    a JSON file, the fault plan: which calls fail on the way, and how often
  --data      the folder that stores jobs and clock; start with the same folder to resume`;

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
        help: { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    const speed = Number(values.speed);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      fail(`--port must be a port number, not ${values.port}`);
    if (!(speed > 0)) fail(`--speed must be a number above 0, not ${values.speed}`);
    return { ...values, port, speed };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

const options = readArguments();
if (options.help) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
try {
  const { port, speed, data: dataDir } = options;
  const scenario =
    options.scenario === undefined ? scenarioSchema.parse({}) : readScenario(options.scenario);
  const faults = options.faults === undefined ? {} : { faults: readFaultPlan(options.faults) };
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const storage = dataDir === undefined ? {} : { dataDir };
  const clock = openClock({ environment: process.env, speed, ...storage });
  const emulator = createEmulator({ scenario, clock, ...faults, ...storage });
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
