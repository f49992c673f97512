import { ZodError } from 'zod';
import { createDurableHost } from './durable/createDurableHost.ts';
import type { DurableHost, DurableOptions } from './durable/durableHost.ts';
import { DataInUseError } from '../lock/lockFile.ts';
import { HostStartError } from './hostStartError.ts';

/** Makes the durable engine. @throws HostStartError for a bad member of `extensions.durableTask` */
export function makeDurable(options: DurableOptions): DurableHost {
  try {
    return createDurableHost(options);
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const problems = error.issues.map(
      ({ path, message }) => `extensions.durableTask.${path.join('.')}: ${message}`,
    );
    throw new HostStartError(`host.json is not valid: ${problems.join('; ')}`, { cause: error });
  }
}

/** Starts it. @throws HostStartError when another process works on its data */
export async function startDurable(durable: DurableHost): Promise<void> {
  try {
    await durable.start();
  } catch (error) {
    if (error instanceof DataInUseError) throw new HostStartError(error.message, { cause: error });
    throw error;
  }
}
