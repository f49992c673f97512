import type { Promised } from './evidence.ts';

const hourMs = 3_600_000;

/** Calls to Graph that one batch may make in an hour, whatever goes wrong. */
export const callsPerHour = 400;

/** Nothing is asked again inside a `Retry-After` window, and however much goes wrong a batch makes so many calls an hour and no more. */
export const graphIsSpared: Promised = function* ({ callsOf }) {
  for (const [key, calls] of callsOf) {
    if (key.trim() === '') continue;
    const windows = new Map<string, { readonly untilMs: number; readonly what: string }>();
    let first = 0;
    for (const [index, call] of calls.entries()) {
      const window = windows.get(call.request);
      if (window !== undefined && call.atMs < window.untilMs) {
        yield `${call.operation} of ${key} came ${String((window.untilMs - call.atMs) / 1_000)} s before Retry-After had passed (${window.what})`;
        windows.delete(call.request);
      }
      if (call.notBeforeMs !== null && !call.isForgotten) windows.set(call.request, { untilMs: call.notBeforeMs, what: `${call.activity}, ${String(call.fault)}` });
      while ((calls[first]?.atMs ?? 0) <= call.atMs - hourMs) first += 1;
      if (index - first + 1 === callsPerHour + 1) yield `${key} made more than ${String(callsPerHour)} calls in an hour`;
    }
  }
};
