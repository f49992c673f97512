import { parseArgs } from 'node:util';
import { startAzurite } from './azurite/startAzurite.ts';

// Azurite in a process that the stack supervises as it does the others: it has a log, and its end is seen and reported.
const { values } = parseArgs({ options: { data: { type: 'string' }, ports: { type: 'string' } } });
if (values.data === undefined) throw new Error('--data is missing: the folder that Azurite keeps');
const [blob = 0, queue = 0, table = 0] = (values.ports ?? '0,0,0').split(',').map(Number);

let asked = false;
const starting = startAzurite({
  dataDir: values.data,
  ports: { blob, queue, table },
  onExit: (code, output) => {
    if (asked) return;
    // What it says of its disk stands before what it says of its end.
    for (const line of output.split('\n').filter((text) => text.includes('its disk')))
      console.error(line);
    console.error(`Azurite ended by itself with exit code ${String(code)}`);
    process.exitCode = 1;
  },
});
// Also while it starts: otherwise it would be left behind.
process.once('SIGTERM', () => {
  asked = true;
  void starting.then((azurite) => azurite.stop());
});
const { connectionString } = await starting;
console.log(`ready ${connectionString}`);
