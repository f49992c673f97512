import type { Clock } from './clock.ts';

/**
 * Makes `Date` read `clock`, so that an unmodified app lives on the shared clock: `Date.now()`, `new Date()` and
 * `Date()`. Dates with arguments, `instanceof` and parsing stay as they are. Returns a function that undoes it.
 */
export function installClock(clock: Clock): () => void {
  const original = globalThis.Date;
  const now = (): number => clock.now();
  globalThis.Date = new Proxy(original, {
    apply: () => new original(now()).toString(),
    construct: (target, args: unknown[], newTarget: NewableFunction) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    get: (target, property, receiver): unknown =>
      property === 'now' ? now : Reflect.get(target, property, receiver),
  });
  return () => {
    globalThis.Date = original;
  };
}
