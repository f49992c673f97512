import type { Clock } from './clock.ts';

/**
 * The setting of a clock: `now = originMs + (real now - realOriginMs) * speed`. Two processes with
 * the same setting have the same clock.
 */
export interface ClockSetting {
  readonly realOriginMs: number;
  readonly originMs: number;
  readonly speed: number;
}

const longestTimeoutMs = 2_147_483_647;
// Read before `installClock` replaces the global: a scaled clock always follows real time.
const RealDate = Date;
const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;

/** A clock that runs `speed` times as fast as real time, from any origin. */
export class ScaledClock implements Clock {
  readonly setting: ClockSetting;

  constructor(setting: ClockSetting = realTime()) {
    if (!(setting.speed > 0))
      throw new RangeError(`speed must be greater than 0, got ${String(setting.speed)}`);
    this.setting = setting;
  }

  now(): number {
    const { realOriginMs, originMs, speed } = this.setting;
    return Math.floor(originMs + (RealDate.now() - realOriginMs) * speed);
  }

  schedule(atMs: number, callback: () => void): () => void {
    let handle: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const realMs = Math.max(0, Math.ceil((atMs - this.now()) / this.setting.speed));
      handle = realSetTimeout(
        () => {
          if (this.now() >= atMs) callback();
          else arm();
        },
        Math.min(realMs, longestTimeoutMs),
      );
    };
    arm();
    return () => {
      realClearTimeout(handle);
    };
  }
}

/**
 * Returns the setting of a clock that starts now, or at `originMs`, and runs `speed` times as fast
 * as real time.
 */
export function realTime(speed = 1, originMs = RealDate.now()): ClockSetting {
  return { realOriginMs: RealDate.now(), originMs, speed };
}
