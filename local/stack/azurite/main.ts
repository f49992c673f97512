import { parseArgs } from 'node:util';
import { startAzurite } from './startAzurite.ts';

// Runs Azurite in a process that the stack supervises like the others, with a log and a report of an unexpected end.
const { values } = parseArgs({ options: { data: { type: 'string' }, ports: { type: 'string' } } });
if (values.data === undefined) throw new Error('--data is missing: the folder of the data');
const [blob = 0, queue = 0, table = 0] = (values.ports ?? '0,0,0').split(',').map(Number);

let isStopping = false;
const starting = startAzurite({
  dataDir: values.data,
  ports: { blob, queue, table },
  onExit: (code, output) => {
    if (isStopping) return;
    // A full disk is the reason for the end, so it comes first.
    for (const line of output.split('\n').filter((text) => text.includes('disk')))
      console.error(line);
    console.error(`Azurite ended by itself with exit code ${String(code)}`);
    process.exitCode = 1;
  },
});
// Registered before the start is complete, so that a signal during the start stops Azurite too.
process.once('SIGTERM', () => {
  isStopping = true;
  void starting.then((azurite) => azurite.stop());
});
const { connectionString } = await starting;
console.log(`ready ${connectionString}`);
