import type { Clock } from './clock.ts';

/**
 * Replaces the global `Date` so that an unmodified app reads `clock`: in `Date.now()`, `new Date()`
 * and `Date()`. Dates with arguments, `instanceof` and parsing are unchanged. Returns a function
 * that restores the original.
 */
export function installClock(clock: Clock): () => void {
  const original = globalThis.Date;
  const now = (): number => clock.now();
  const create = (args: readonly unknown[], target: unknown): unknown => {
    if (typeof target !== 'function') return new original(now()).toString();
    return Reflect.construct(
      original,
      args.length === 0 ? [now()] : args,
      target === ClockDate ? original : target,
    );
  };
  // Not a Proxy: an app creates many dates, and a Proxy is many times slower.
  function ClockDate(...args: readonly unknown[]): unknown {
    return create(args, new.target);
  }
  // Inherits everything else, such as `parse`, from the original.
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
