import { createRequire, syncBuiltinESMExports } from 'node:module';
import { installClock } from '../../local/clock/installClock.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';

// The CommonJS face of the module is the one whose members can be replaced; the other follows it.
const crypto: object = createRequire(import.meta.url)('node:crypto') as object;

/**
 * Puts this thread on a simulated loop: the clock, timers, immediates, random numbers and GUIDs of all code in it are the
 * run's own. Returns a function that undoes it.
 */
export function installLoop(loop: SimulatedLoop, random: SeededRandom): () => void {
  const guid = (): string => random.guid();
  const undo = [
    installClock(loop),
    replace(
      globalThis,
      'setImmediate',
      (work: (...given: unknown[]) => void, ...given: unknown[]) => {
        loop.soon(() => work(...given));
      },
    ),
    replace(
      globalThis,
      'setTimeout',
      (work: (...given: unknown[]) => void, ms: number | undefined, ...given: unknown[]) => {
        const cancel = loop.schedule(loop.now() + (ms ?? 0), () => work(...given));
        const timer = { cancel, ref: () => timer, unref: () => timer, hasRef: () => true };
        return timer;
      },
    ),
    replace(globalThis, 'clearTimeout', (timer: { readonly cancel: () => void } | undefined) => {
      timer?.cancel();
    }),
    replace(globalThis, 'setInterval', () => {
      throw new Error('nothing in a simulation may tick for ever');
    }),
    replace(Math, 'random', () => random.fraction()),
    replace(globalThis.crypto, 'randomUUID', guid),
    replace(crypto, 'randomUUID', guid),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const step of undo) step();
    syncBuiltinESMExports();
  };
}

function replace(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}
