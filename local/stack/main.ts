import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { startStack } from './startStack.ts';
import { aborted, StoppedError, stopSignals } from './stopSignals.ts';

const usage = `Runs the local stack: Azurite, the Microsoft Graph emulator, and the Functions host with the built app.

  npm run local -- [--port 7071] [--graph-port 7080] [--speed 1] [--data .local/stack] [--scenario examples/scenario.json]
                [--faults FILE]

  --port        the port of the app
  --graph-port  the port of the Graph emulator
  --speed       how many times faster than real time the stack's clock runs
  --data        the folder of all data; start with the same folder to resume
  --scenario    the Graph emulator's scenario: which users fail, and how
  --faults      the Graph emulator's fault plan: which calls fail on the way, and how often`;

const portSchema = z.coerce
  .number('must be a port')
  .int('must be a port')
  .min(1, 'must be a port')
  .max(65_535, 'must be a port');
const optionsSchema = z.strictObject({
  port: portSchema.default(7071),
  'graph-port': portSchema.default(7080),
  speed: z.coerce
    .number('must be a number above 0')
    .positive('must be a number above 0')
    .default(1),
  data: z.string().min(1).default(join('.local', 'stack')),
  scenario: z.string().min(1).default(join('examples', 'scenario.json')),
  faults: z.string().min(1).optional(),
  help: z.boolean().default(false),
});

async function main(): Promise<number> {
  const options = optionsSchema.parse(
    parseArgs({
      options: {
        port: { type: 'string' },
        'graph-port': { type: 'string' },
        speed: { type: 'string' },
        data: { type: 'string' },
        scenario: { type: 'string' },
        faults: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values,
  );
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const signal = stopSignals();
  console.log('starting Azurite, the Graph emulator and the Functions host; Ctrl+C stops them');
  const stack = await startStack({
    dataDir: options.data,
    port: options.port,
    graphPort: options['graph-port'],
    speed: options.speed,
    scenario: options.scenario,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    signal,
  });
  if (stack.storageWarning !== undefined) console.error(stack.storageWarning);
  console.log(`graph   ${stack.graphUrl}`);
  console.log(`storage ${stack.connectionString}`);
  console.log(`data    ${stack.dataDir} (logs in ${join(stack.dataDir, 'logs')})`);
  console.log(`ready ${stack.apiUrl}`);
  const failure = await Promise.race([stack.died, aborted(signal)]);
  await stack.stop();
  if (failure === undefined) return 0;
  console.error(failure.message);
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof StoppedError)) {
    console.error(
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`).join('\n')
        : error instanceof Error
          ? error.message
          : error,
    );
    process.exitCode = 1;
  }
}
