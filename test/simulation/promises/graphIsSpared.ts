import type { Call } from '../ledger.ts';
import type { Promised } from './evidence.ts';

const hourMs = 3_600_000;

/** Calls to Graph that one batch may make in an hour, whatever goes wrong. */
export const callsPerHour = 400;

/**
 * Nothing is asked again inside a `Retry-After` window, whoever has lived through it; while a host has been asked to wait, it
 * sends nothing at all to that tenant; and however much goes wrong a batch makes so many calls an hour and no more.
 */
export const graphIsSpared: Promised = function* ({ callsOf, ledger }) {
  yield* tenantIsSpared(ledger.calls);
  for (const [key, calls] of callsOf) {
    if (key.trim() === '') continue;
    const windows = new Map<string, { readonly untilMs: number; readonly heardSeq: number; readonly what: string }>();
    let first = 0;
    for (const [index, call] of calls.entries()) {
      const window = windows.get(call.request);
      if (window !== undefined && window.heardSeq < call.sentSeq && call.sentMs < window.untilMs) {
        yield `${call.operation} of ${key} came ${String((window.untilMs - call.sentMs) / 1_000)} s before Retry-After had passed (${window.what})`;
        windows.delete(call.request);
      }
      if (call.notBeforeMs !== null && call.heardSeq !== null && !call.isForgotten) windows.set(call.request, { untilMs: call.notBeforeMs, heardSeq: call.heardSeq, what: `${call.activity}, ${String(call.fault)}` });
      while ((calls[first]?.atMs ?? 0) <= call.atMs - hourMs) first += 1;
      if (index - first + 1 === callsPerHour + 1) yield `${key} made more than ${String(callsPerHour)} calls in an hour`;
    }
  }
};

/** A call that was on its way already is excused, and so is what follows a claims challenge to it: that is the same call once more. */
function* tenantIsSpared(calls: readonly Call[]): Generator<string> {
  const heard = calls.filter(({ notBeforeMs, heardSeq }) => notBeforeMs !== null && heardSeq !== null);
  if (heard.length === 0) return;
  const begun = new Map<string, number>();
  for (const call of calls) {
    const id = `${String(call.life)} ${call.clientRequestId}`;
    const begunSeq = begun.get(id) ?? call.sentSeq;
    begun.set(id, begunSeq);
    const asked = heard.find(({ life, tenant, notBeforeMs, heardSeq }) => life === call.life && tenant === call.tenant && (heardSeq ?? Infinity) < begunSeq && call.sentMs < (notBeforeMs ?? 0));
    if (asked === undefined) continue;
    yield `${call.operation} of ${call.batchKey} was sent to the ${call.tenant} tenant ${String(((asked.notBeforeMs ?? 0) - call.sentMs) / 1_000)} s too early: ${asked.operation} of ${asked.batchKey} had been told to wait (${String(asked.fault)})`;
    return;
  }
}
