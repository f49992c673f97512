import type { Bench } from './bench.ts';
import { acceptHttpBench } from './benches/acceptHttp.ts';
import { acceptQueueBench } from './benches/acceptQueue.ts';
import { cold } from './benches/cold.ts';
import { detect } from './benches/detect.ts';
import { history } from './benches/history.ts';
import { memory } from './benches/memory.ts';
import { observe } from './benches/observe.ts';
import { plan } from './benches/plan.ts';
import { reread } from './benches/reread.ts';
import { simulate } from './benches/simulate.ts';
import { startLatency } from './benches/startLatency.ts';
import { throttled } from './benches/throttled.ts';
import { wave } from './benches/wave.ts';

/** All benches, in the order in which they run. */
export const benches: readonly Bench[] = [
  acceptHttpBench,
  acceptQueueBench,
  wave,
  startLatency,
  history,
  reread,
  observe,
  detect,
  throttled,
  memory,
  cold,
  plan,
  simulate,
];
