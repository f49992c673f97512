import type { Clock } from './clock.ts';

/**
 * Makes `Date` read `clock`, so that an unmodified app lives on the shared clock: `Date.now()`, `new Date()` and
 * `Date()`. Dates with arguments, `instanceof` and parsing stay as they are. Returns a function that undoes it.
 */
export function installClock(clock: Clock): () => void {
  const original = globalThis.Date;
  const now = (): number => clock.now();
  const made = (args: readonly unknown[], target: unknown): unknown => {
    if (typeof target !== 'function') return new original(now()).toString();
    return Reflect.construct(
      original,
      args.length === 0 ? [now()] : args,
      target === ClockDate ? original : target,
    );
  };
  // No Proxy: an app makes dates all the time, and a Proxy's traps are many times as dear.
  function ClockDate(...args: readonly unknown[]): unknown {
    return made(args, new.target);
  }
  // What is not its own, such as `parse`, it has from the original.
  Object.setPrototypeOf(ClockDate, original);
  for (const [key, value] of Object.entries({
    name: original.name,
    length: original.length,
    prototype: original.prototype,
    now,
  })) {
    Object.defineProperty(ClockDate, key, { value });
  }
  Object.defineProperty(globalThis, 'Date', {
    value: ClockDate,
    writable: true,
    configurable: true,
  });
  return () => {
    globalThis.Date = original;
  };
}
