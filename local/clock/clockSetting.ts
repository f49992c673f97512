import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ClockSetting, realTime, ScaledClock } from './scaledClock.ts';

/** The environment variable by which the local stack gives all its processes one clock. */
export const clockVariable = 'LOCAL_CLOCK';

const settingSchema = z.strictObject({
  realOriginMs: z.number(),
  originMs: z.number(),
  speed: z.number().positive(),
});

/** What a process passes to its children so that their clocks agree with its own. */
export function clockEnvironment(clock: ScaledClock): Record<string, string> {
  return { [clockVariable]: JSON.stringify(clock.setting) };
}

/**
 * The clock of this process: the one its parent handed down in LOCAL_CLOCK, else the one kept in `dataDir` (time goes
 * on there while nothing runs, as it does outside), else a new one that starts at `originMs` and runs at `speed`.
 * A kept clock whose speed is not the asked one goes on from where it stands at the new speed.
 */
export function openClock(options: {
  environment: NodeJS.ProcessEnv;
  dataDir?: string;
  speed: number;
  originMs?: number;
}): ScaledClock {
  const handedDown = options.environment[clockVariable];
  if (handedDown !== undefined) return new ScaledClock(settingSchema.parse(JSON.parse(handedDown)));
  const kept =
    options.dataDir === undefined ? undefined : readSetting(join(options.dataDir, 'clock.json'));
  const clock =
    kept === undefined
      ? new ScaledClock(realTime(options.speed, options.originMs))
      : new ScaledClock(
          kept.speed === options.speed
            ? kept
            : realTime(options.speed, new ScaledClock(kept).now()),
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
