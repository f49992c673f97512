import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { HostOptions } from './startHost.ts';

/** The text of `--help`. */
export const usage = `Usage: host start [--app DIR] [--port N] [--hostname H] [--speed N] [--data DIR] [--auth]
                  [--functions NAME…] [--cors ORIGINS] [--cors-credentials]

  --app DIR          the app's folder, with package.json and host.json (default: the current folder)
  --port N           the port to serve on, 0 for any free one (default: Host.LocalHttpPort of local.settings.json, or 7071)
  --hostname H       the address to listen on (default: this machine only)
  --speed N          how many times as fast as real time the app's clock runs (default: 1)
  --data DIR         the folder of the journal, keys, timers and clock (default: .local/host in the app's folder)
  --auth             require keys from callers, as Azure does
  --functions NAME…  the functions to run (default: all)
  --cors ORIGINS     the origins, separated by commas, whose pages may call the functions (default: Host.CORS)
  --cors-credentials let these pages send cookies (default: Host.CORSCredentials)

The options of 'func start' are accepted too: --script-root is --app, --enableAuth is --auth, others have no effect here.
`;

/** The command line is not valid; the message names the bad part. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const ownOptions = {
  app: { type: 'string' },
  'script-root': { type: 'string' },
  port: { type: 'string', short: 'p' },
  hostname: { type: 'string' },
  speed: { type: 'string' },
  data: { type: 'string' },
  auth: { type: 'boolean' },
  enableAuth: { type: 'boolean' },
  functions: { type: 'string', multiple: true },
  cors: { type: 'string' },
  'cors-credentials': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options'];

// Options of Core Tools that have no meaning here.
const ignoredOptions = {
  'no-build': { type: 'boolean' },
  verbose: { type: 'boolean' },
  useHttps: { type: 'boolean' },
  'dotnet-isolated-debug': { type: 'boolean' },
  'enable-json-output': { type: 'boolean' },
  timeout: { type: 'string', short: 't' },
  cert: { type: 'string' },
  password: { type: 'string' },
  'language-worker': { type: 'string' },
  'json-output-file': { type: 'string' },
  'user-log-level': { type: 'string' },
  runtime: { type: 'string' },
} as const satisfies ParseArgsConfig['options'];

/** Parses the command line; 'help' when it asks for help. @throws UsageError */
export function parseCommandLine(args: readonly string[]): HostOptions | 'help' {
  const { values, positionals } = parse(args);
  // `func host start` is the long form.
  const [command, ...names] = positionals[0] === 'host' ? positionals.slice(1) : positionals;
  if (values.help === true || command === 'help') return 'help';
  if (command !== 'start' || (names.length > 0 && values.functions === undefined))
    throw new UsageError(`expected the command 'start', got '${positionals.join(' ')}'`);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new UsageError(`--port must be a number from 0 to 65535, got '${String(values.port)}'`);
  const speed = Number(values.speed ?? 1);
  if (!(speed > 0 && Number.isFinite(speed)))
    throw new UsageError(`--speed must be a number greater than 0, got '${String(values.speed)}'`);
  const functions = [...(values.functions ?? []), ...names].flatMap((name) => name.split(/[\s,]+/));
  return {
    appDir: values.app ?? values['script-root'] ?? '.',
    speed,
    auth: values.auth ?? values.enableAuth ?? false,
    ignoredOptions: Object.keys(ignoredOptions).filter((name) => Object.hasOwn(values, name)),
    ...(port === undefined ? {} : { port }),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    ...(values.hostname === undefined ? {} : { hostname: values.hostname }),
    ...(values.functions === undefined ? {} : { functions }),
    ...(values.cors === undefined ? {} : { cors: values.cors }),
    ...(values['cors-credentials'] === undefined
      ? {}
      : { corsCredentials: values['cors-credentials'] }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...ignoredOptions, ...ownOptions },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
