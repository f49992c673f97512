import { openEngine, startMs } from '../../local/functions-host/test/durable/engineHarness.ts';
import { monitorNames, registerMonitorLoop } from '../baselines/monitorLoop.ts';
import { type WakeUp, wakeUpsOf } from './wakeUps.ts';

let isRegistered = false;

/** Runs the monitor loop over a job that never ends, in the same engine as ours, for so many looks. */
export async function monitorWakeUps(polls: number): Promise<readonly WakeUp[]> {
  if (!isRegistered) registerMonitorLoop(() => Promise.resolve('inProgress'));
  isRegistered = true;
  const engine = await openEngine();
  try {
    const input = {
      jobId: '7f0c3c8e-5a0b-4e3f-9a53-1f1a5f0d2b11',
      pollSeconds: 900,
      untilMs: startMs + polls * 900_000,
    };
    await engine.start(monitorNames.loop, input, 'monitor-wave-b001');
    await engine.settle();
    // Two runs a look: the timer's, which asks for the status, and the answer's, which sets the next timer.
    return wakeUpsOf(engine.turns, (_, index) => index % 2 === 0).slice(0, polls);
  } finally {
    await engine.stop();
  }
}

/**
 * The wake-ups at any number of looks: the loop's history grows by the same events every time, so the growth of the last
 * hundred looks that were run is carried on. Ids and instants only get longer, so the bytes are a lower bound.
 */
export function extended(run: readonly WakeUp[]): (look: number) => WakeUp {
  const last = run.at(-1) ?? { events: 0, bytes: 0, bytesRead: 0 };
  const before = run.at(-101) ?? run[0] ?? last;
  const span = Math.min(100, run.length - 1);
  return (look) => {
    const known = run[look - 1];
    if (known !== undefined) return known;
    const more = (look - run.length) / span;
    return {
      events: last.events + more * (last.events - before.events),
      bytes: last.bytes + more * (last.bytes - before.bytes),
      bytesRead: last.bytesRead + more * (last.bytesRead - before.bytesRead),
    };
  };
}
