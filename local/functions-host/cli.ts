import { parseArgs } from 'node:util';
import { errorText, HostStartError } from './errors.ts';
import { type Host, type HostOptions, startHost } from './startHost.ts';

const usage = `Usage: host start [--app DIR] [--port N] [--hostname H] [--speed N] [--data DIR] [--auth]

  --app DIR       the app's folder, with package.json and host.json (default: the current folder)
  --port N        the port to serve on, 0 for any free one (default: Host.LocalHttpPort of local.settings.json, or 7071)
  --hostname H    the address to listen on (default: this machine only)
  --speed N       how many times as fast as real time the app's clock runs (default: 1)
  --data DIR      the folder of the journal, keys, timers and clock (default: .local/host in the app's folder)
  --auth          require keys from callers, as Azure does
`;

/** The command line is not valid; the message names the bad part. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Parses the command line; 'help' when it asks for help. @throws UsageError */
function parseCliOptions(args: readonly string[]): HostOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true || positionals[0] === 'help') return 'help';
  if (positionals.length !== 1 || positionals[0] !== 'start')
    throw new UsageError(`expected the command 'start', got '${positionals.join(' ')}'`);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new UsageError(`--port must be a number from 0 to 65535, got '${String(values.port)}'`);
  const speed = Number(values.speed ?? 1);
  if (!(speed > 0 && Number.isFinite(speed)))
    throw new UsageError(`--speed must be a number greater than 0, got '${String(values.speed)}'`);
  return {
    appDir: values.app ?? '.',
    speed,
    auth: values.auth ?? false,
    ...(port === undefined ? {} : { port }),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    ...(values.hostname === undefined ? {} : { hostname: values.hostname }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        app: { type: 'string' },
        port: { type: 'string', short: 'p' },
        hostname: { type: 'string' },
        speed: { type: 'string' },
        data: { type: 'string' },
        auth: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Runs an app until a signal stops it. The exit code is 0 after a clean stop and 1 when the app
 * cannot start.
 */
async function main(): Promise<void> {
  const options = parseCliOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const { promise: stopRequested, resolve: requestStop } = Promise.withResolvers<undefined>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      requestStop(undefined);
      // The second signal stops at once.
      process.once(signal, () => process.exit(130));
    });
  }
  const starting = startHost(options);
  const host: Host | undefined = await Promise.race([starting, stopRequested]);
  if (host === undefined) {
    await starting.then((late) => late.stop());
  } else {
    const reason = await Promise.race([host.failed, stopRequested]);
    await host.stop();
    if (reason !== undefined)
      throw new HostStartError(
        `the host has stopped: ${reason}. Check that the disk has free space, then start the host again: it continues from the journal.`,
      );
  }
}

try {
  await main();
  // The app may hold timers and sockets of its own: the end of the host is the end of the process.
  process.exit(0);
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${usage}`);
  else if (error instanceof HostStartError) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`the host failed: ${errorText(error)}\n`);
  process.exit(1);
}
