import { readFileSync, writeFileSync } from 'node:fs';
import { type Entry, type Instance, InstanceTable } from '../../local/functions-host/index.ts';

/** Writes a compacted journal in which everything that `file` holds is there `times` times, each time under another migration's id. */
export function multiplyJournal(file: string, migrationId: string, times: number): void {
  const once = new InstanceTable();
  // The host's own file, as the host reads it.
  for (const line of readFileSync(file, 'utf8').trim().split('\n'))
    once.apply(JSON.parse(line) as Entry);
  const all = new InstanceTable();
  const texts = [...once.all()].map((instance) => JSON.stringify(instance));
  for (let time = 1; time <= times; time += 1) {
    const other = `${migrationId.slice(0, -4)}${String(time).padStart(4, '0')}`;
    for (const text of texts)
      all.apply({
        t: 'instance',
        instance: JSON.parse(text.replaceAll(migrationId, other)) as Instance,
      });
  }
  writeFileSync(file, [...all.snapshot()].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}
