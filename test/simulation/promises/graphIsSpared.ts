import type { Call } from '../ledger.ts';
import type { Promised } from './evidence.ts';

const hourMs = 3_600_000;

interface Window {
  readonly untilMs: number;
  readonly heardSeq: number;
  readonly life: number;
  readonly what: string;
}

/** Calls to Graph that one batch may make in an hour, whatever goes wrong. */
export const callsPerHour = 400;

/**
 * Nothing is asked again inside a `Retry-After` window by the orchestration that was told to wait, whichever instances of the app it
 * runs on, nor by the instance; while an instance has been asked to wait, it sends nothing at all to that tenant; and however much
 * goes wrong a batch makes so many calls an hour and no more.
 */
export const graphIsSpared: Promised = function* ({ callsOf, ledger }) {
  yield* tenantIsSpared(ledger.calls);
  for (const [key, calls] of callsOf) {
    if (key.trim() === '') continue;
    const windows = new Map<string, Window>();
    const retries = ledger.commands.filter(
      ({ command: { kind, migrationId } }) => kind === 'retry' && key.startsWith(`${migrationId} `),
    );
    // When the batch has heard an answer to a request: Graph needs no more patience with it then.
    const answered = new Map<string, number>();
    let first = 0;
    for (const [index, call] of calls.entries()) {
      for (const asker of askers(call)) {
        const window = windows.get(asker);
        const isOver = window !== undefined && (answered.get(call.request) ?? 0) > window.heardSeq;
        if (
          window !== undefined &&
          !isOver &&
          window.heardSeq < call.sentSeq &&
          call.sentMs < window.untilMs
        ) {
          // What somebody asks for anew knows nothing of what the orchestration before was told.
          const isAnew =
            call.life !== window.life &&
            retries.some(({ seq }) => seq > window.heardSeq && seq < call.sentSeq);
          // An execution that began on another instance before the answer arrived cannot know it: the host delivers an activity more
          // than once, and an instance that has stalled sends what it had prepared when it goes on.
          const isUnaware =
            call.life !== window.life && (call.isLate || call.startSeq < window.heardSeq);
          if (!isAnew && !isUnaware)
            yield `${call.operation} of ${key} came ${String((window.untilMs - call.sentMs) / 1_000)} s before Retry-After had passed (${window.what})`;
          windows.delete(asker);
        }
        if (call.notBeforeMs !== null && call.heardSeq !== null && !call.isForgotten)
          windows.set(asker, {
            untilMs: call.notBeforeMs,
            heardSeq: call.heardSeq,
            life: call.life,
            what: `${call.activity}, ${String(call.fault)}`,
          });
      }
      if (call.status > 0 && call.status < 400 && call.heardSeq !== null)
        answered.set(call.request, call.heardSeq);
      while ((calls[first]?.atMs ?? 0) <= call.atMs - hourMs) first += 1;
      if (index - first + 1 === callsPerHour + 1)
        yield `${key} made more than ${String(callsPerHour)} calls in an hour`;
    }
  }
};

/** Who remembers what the same request was told: the instance of the app, and the orchestration. */
function askers({ request, life, instanceId }: Call): readonly string[] {
  return [`life ${String(life)} ${request}`, `orchestration ${instanceId} ${request}`];
}

/** A call that was on its way already is excused, and so is what follows a claims challenge to it: that is the same call once more. */
function* tenantIsSpared(calls: readonly Call[]): Generator<string> {
  const heard = calls.filter(
    ({ notBeforeMs, heardSeq }) => notBeforeMs !== null && heardSeq !== null,
  );
  if (heard.length === 0) return;
  const begun = new Map<string, number>();
  for (const call of calls) {
    const id = `${String(call.life)} ${call.clientRequestId}`;
    const begunSeq = begun.get(id) ?? call.sentSeq;
    begun.set(id, begunSeq);
    const asked = heard.find(
      ({ life, tenant, notBeforeMs, heardSeq }) =>
        life === call.life &&
        tenant === call.tenant &&
        (heardSeq ?? Infinity) < begunSeq &&
        call.sentMs < (notBeforeMs ?? 0),
    );
    if (asked === undefined) continue;
    yield `${call.operation} of ${call.batchKey} was sent to the ${call.tenant} tenant ${String(((asked.notBeforeMs ?? 0) - call.sentMs) / 1_000)} s too early: ${asked.operation} of ${asked.batchKey} had been told to wait (${String(asked.fault)})`;
    return;
  }
}
