import Table from 'cli-table3';
import { mechanismNames } from './sabotage.ts';
import { WorkerPool } from './workerPool.ts';
import { searchMutation } from './searchMutation.ts';

/**
 * Switches every mechanism off in turn and prints which seed has found it, as the guarantee sheet has it. False when one was
 * not found.
 */
export async function searchMutations(
  {
    seed,
    runs,
    workers,
  }: { readonly seed: number; readonly runs: number; readonly workers: number },
  say: (text: string) => void,
): Promise<boolean> {
  const table = new Table({
    head: ['switched off', 'seed', 'runs', 'broken promise'],
    style: { head: ['bold'], border: ['gray'], compact: true },
  });
  const pool = new WorkerPool(workers);
  let all = true;
  for (const off of mechanismNames) {
    const found = await searchMutation(off, seed, runs, pool);
    all &&= found !== undefined;
    const row =
      found === undefined
        ? ['', String(runs), 'none']
        : [String(found.seed), String(found.runs), found.broken[0]?.slice(0, 110) ?? ''];
    say(`${off}: ${row.join(' | ')}`);
    table.push([off, ...row]);
  }
  await pool.close();
  say(table.toString());
  return all;
}
