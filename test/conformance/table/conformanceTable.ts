import { styleText } from 'node:util';
import Table from 'cli-table3';
import { caseCount } from '../cases.ts';
import { type CaseRow, type CaseState, passedCount } from './mergeResults.ts';

const colours: Readonly<Record<CaseState, 'green' | 'red' | 'yellow'>> = {
  passed: 'green',
  failed: 'red',
  missing: 'yellow',
};
const otherColumns = 40;

/**
 * One row a case: its number, what it states, what that rests on and what its test says. In colour where the output is a
 * terminal that has any.
 * @param columns the terminal's width
 */
export function conformanceTable(rows: readonly CaseRow[], columns: number): string {
  const table = new Table({
    head: ['case', 'statement', 'support', 'result'].map((text) => styleText('bold', text)),
    colAligns: ['right', 'left', 'left', 'left'],
    colWidths: [null, Math.max(30, columns - otherColumns)],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const { number, statement, support, state, message } of rows) {
    table.push([
      number,
      message === '' ? statement : `${statement}\n${message}`,
      support,
      styleText(colours[state], state),
    ]);
  }
  return table.toString();
}

/** The last line of the output. */
export function conformanceLine(rows: readonly CaseRow[]): string {
  return `conformance: ${String(passedCount(rows))} of ${String(caseCount)}`;
}
