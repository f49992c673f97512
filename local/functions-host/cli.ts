import { parseCommandLine, usage, UsageError } from './commandLine.ts';
import { errorText, HostStartError } from './errors.ts';
import { Restarts } from './restart.ts';
import { type Host, startHost } from './startHost.ts';

/**
 * Runs an app until a signal stops it. The exit code is 0 after a clean stop and 1 when the app
 * cannot start. An app that ends its process is started again.
 */
async function main(): Promise<void> {
  const options = parseCommandLine(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const restarts = new Restarts();
  const { promise: stopRequested, resolve: requestStop } = Promise.withResolvers<'stop'>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      restarts.end();
      requestStop('stop');
      // The second signal stops at once.
      process.once(signal, () => process.exit(130));
    });
  }
  if ((await Promise.race([restarts.delay(), stopRequested])) === 'stop') return;
  const starting = startHost(options);
  const host: Host | 'stop' = await Promise.race([starting, stopRequested]);
  if (host === 'stop') {
    await starting.then((late) => late.stop());
    return;
  }
  restarts.watch(host.port);
  const reason = await Promise.race([
    host.failed,
    // Where the process cannot be started again, it stops.
    host.stuck.then((why) => {
      restarts.restart(why);
      return why;
    }),
    stopRequested,
  ]);
  restarts.end();
  await host.stop();
  if (reason !== 'stop')
    throw new HostStartError(
      `the host has stopped: ${reason}. Check that the disk has free space, then start the host again: it continues from the journal.`,
    );
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
