import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ClockSetting, realTime, ScaledClock } from './scaledClock.ts';

/** The environment variable that gives all processes of the local stack the same clock. */
export const clockVariable = 'LOCAL_CLOCK';

const settingSchema = z.strictObject({
  realOriginMs: z.number(),
  originMs: z.number(),
  speed: z.number().positive(),
});

/** Returns the environment that gives child processes the same clock. */
export function clockEnvironment(clock: ScaledClock): Record<string, string> {
  return { [clockVariable]: JSON.stringify(clock.setting) };
}

/**
 * Opens the clock of this process. The parent's clock in LOCAL_CLOCK comes first, then the clock
 * stored in `dataDir`, then a new clock that starts at `originMs` and runs at `speed`. A stored
 * clock continues to run while no process uses it. With another `speed`, it continues from its
 * present instant at the new speed.
 */
export function openClock(options: {
  environment: NodeJS.ProcessEnv;
  dataDir?: string;
  speed: number;
  originMs?: number;
}): ScaledClock {
  const inherited = options.environment[clockVariable];
  if (inherited !== undefined) return new ScaledClock(settingSchema.parse(JSON.parse(inherited)));
  const stored =
    options.dataDir === undefined ? undefined : readSetting(join(options.dataDir, 'clock.json'));
  const clock =
    stored === undefined
      ? new ScaledClock(realTime(options.speed, options.originMs))
      : new ScaledClock(
          stored.speed === options.speed
            ? stored
            : realTime(options.speed, new ScaledClock(stored).now()),
        );
  if (options.dataDir !== undefined) {
    writeFileSync(join(options.dataDir, 'clock.json'), `${JSON.stringify(clock.setting)}\n`);
  }
  return clock;
}

function readSetting(file: string): ClockSetting | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return settingSchema.parse(JSON.parse(text));
}
