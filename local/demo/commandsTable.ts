import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { CommandList } from '../../shared/contracts/answers/commandList.ts';

/** One row a command: what was asked, by whom, and what became of it. */
export function commandsTable(
  asked: readonly { readonly name: string; readonly commands: CommandList['value'] }[],
): string {
  const table = new Table({
    head: ['migration', 'asked', 'by', 'became', 'because'],
    colWidths: [11, 14, 24, 10, 41],
    wordWrap: true,
    style: { head: ['bold'], border: ['gray'] },
  });
  for (const { name, commands } of asked) {
    for (const { kind, by, state, results } of commands) {
      table.push([
        name,
        kind,
        by ?? '',
        styleText(state === 'applied' ? 'green' : 'yellow', state),
        results
          .map(({ batchId, detail }) => (batchId === null ? detail : `${batchId}: ${detail}`))
          .join('\n'),
      ]);
    }
  }
  return table.toString();
}
