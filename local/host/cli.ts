import { parseCliOptions, usage, UsageError } from './cliOptions.ts';
import { HostStartError } from './hostStartError.ts';
import { errorText } from './log/errorText.ts';
import type { Host } from './hostOptions.ts';
import { startHost } from './startHost.ts';

/** Serves an app until a signal stops it; 0 after a clean stop, 1 when it cannot start. */
async function main(): Promise<void> {
  const options = parseCliOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return;
  }
  const { promise: asked, resolve: stop } = Promise.withResolvers<undefined>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop(undefined);
      // Whoever asks twice does not want to wait.
      process.once(signal, () => process.exit(130));
    });
  }
  const starting = startHost(options);
  const host: Host | undefined = await Promise.race([starting, asked]);
  if (host === undefined) {
    await starting.then((late) => late.stop());
  } else {
    const reason = await Promise.race([host.failed, asked]);
    await host.stop();
    if (reason !== undefined)
      throw new HostStartError(
        `the host has ended: ${reason}. Free space on the disk, if that is what is missing, and start it again: what the journal holds goes on.`,
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
