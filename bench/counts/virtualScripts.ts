import type { SteppedClock } from '../../local/clock/steppedClock.ts';

/**
 * Runs scripts side by side on a clock that stands still: it moves on when all of them sleep. A script may wait for nothing
 * but its own sleep and calls that are answered without the clock.
 */
export async function runVirtually(
  clock: SteppedClock,
  scripts: readonly ((sleep: (seconds: number) => Promise<void>) => Promise<void>)[],
): Promise<void> {
  let running = scripts.length;
  let sleeping = 0;
  let moved: () => void = () => undefined;
  const check = (): void => {
    if (sleeping === running) moved();
  };
  const sleep = (seconds: number): Promise<void> =>
    new Promise((resolve) => {
      sleeping += 1;
      clock.schedule(clock.now() + seconds * 1000, () => {
        sleeping -= 1;
        resolve();
      });
      check();
    });
  const all = Promise.all(
    scripts.map(async (script) => {
      await script(sleep);
      running -= 1;
      check();
    }),
  );
  for (;;) {
    await Promise.race([
      all,
      new Promise<void>((resolve) => {
        moved = resolve;
        check();
      }),
    ]);
    if (running === 0 || !clock.step()) break;
  }
  await all;
}
