import { parseArgs } from 'node:util';
import { benches } from './benches.ts';

// One measurement in a process of its own: nothing that an earlier one has warmed up or left behind counts.
const { values } = parseArgs({
  options: {
    bench: { type: 'string' },
    side: { type: 'string' },
    runCommandId: { type: 'string' },
  },
});
const bench = benches.find(({ name }) => name === values.bench);
const side = bench?.sides.find(({ name }) => name === values.side);
if (side === undefined)
  throw new Error(`there is no ${String(values.bench)} ${String(values.side)}`);
process.send?.(await side.measure(Number(values.runCommandId)));
process.disconnect();
