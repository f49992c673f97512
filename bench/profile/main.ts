import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { selfTimes } from './selfTimes.ts';

const usage = `Sums up profiles that Node.js wrote with --cpu-prof.

  node bench/profile/main.ts FILE … [--by package|function] [--top 15]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { by: { type: 'string', default: 'package' }, top: { type: 'string', default: '15' } },
});
if (positionals.length === 0 || (values.by !== 'package' && values.by !== 'function')) {
  console.error(usage);
  process.exitCode = 1;
} else {
  for (const file of positionals) {
    const times = selfTimes(file, values.by);
    const all = times.reduce((sum, { selfMs }) => sum + selfMs, 0);
    const table = new Table({
      head: [values.by, 'self ms', 'share'],
      colAligns: ['left', 'right', 'right'],
      style: { head: [], border: [], compact: true },
    });
    for (const { place, selfMs } of times.slice(0, Number(values.top)))
      table.push([place, selfMs.toFixed(0), `${((selfMs / all) * 100).toFixed(0)} %`]);
    console.log(
      `${file.split('/').at(-1) ?? file}: ${all.toFixed(0)} ms of work\n${table.toString()}\n`,
    );
  }
}
