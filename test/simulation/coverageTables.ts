import { styleText } from 'node:util';
import Table from 'cli-table3';
import { allFaultKinds, type FaultKind } from '../../local/graph-emulator/index.ts';
import { cellName, cells, operations } from './faultTable.ts';
import type { Tally } from './tally.ts';

/** What the runs have covered: faults by kind, operation and side of the effect; crashes by place; commands by phase. */
export function coverageTables(tally: Tally): string {
  const covered = coveredCells(tally);
  return [
    title(
      `Faults: ${String(covered)} of ${String(cells.length)} (a read: how often; a write: before it took effect / after)`,
    ),
    faultTable(tally),
    title('Crashes of the host, before / after'),
    crashTable(tally, 'crash', 0),
    title('Instances of the app that died or stalled, before / after'),
    crashTable(tally, 'lost', 1),
    title('Reads that were refused for long, by kind and duration'),
    crossTable(tally, 'outage', 1, 2),
    title('Commands by the phase of the batches'),
    crossTable(tally, 'command', 0, 1),
    title('Commands by what the asker was told'),
    crossTable(tally, 'command', 0, 2),
    title('Requests by what they came to'),
    crossTable(tally, 'request', 0, 2),
    title('Replays of refused messages by what they came to'),
    crossTable(tally, 'replay', 1, 0),
  ].join('\n');
}

/** How many of the cells of faults × operations × effects the runs have come to. */
export function coveredCells(tally: Tally): number {
  return cells.filter((cell) => tally.coverage.has(cellName(cell))).length;
}

function faultTable(tally: Tally): string {
  const table = newTable(['fault', ...operations], operations.length);
  for (const kind of allFaultKinds.filter((one) => cells.some((cell) => cell.kind === one)))
    table.push([kind, ...operations.map((operation) => faultCell(tally, kind, operation))]);
  return table.toString();
}

function faultCell({ coverage }: Tally, kind: FaultKind, operation: string): string {
  const own = cells.filter((cell) => cell.kind === kind && cell.operation === operation);
  const count = (effect: string | null): string => {
    const times = coverage.get(`fault|${kind}|${operation}|${effect ?? ''}`) ?? 0;
    return times === 0 ? styleText('red', '0') : String(times);
  };
  return own.map(({ effect }) => count(effect)).join('/');
}

function crashTable(tally: Tally, kind: string, part: number): string {
  const places = new Map<string, { before: number; after: number }>();
  for (const { parts, count } of tally.of(kind)) {
    const [side = '', ...place] = (parts[part] ?? '').split(' ');
    const row = places.get(place.join(' ')) ?? { before: 0, after: 0 };
    row[side === 'before' ? 'before' : 'after'] += count;
    places.set(place.join(' '), row);
  }
  const rows = [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, { before, after }]): [string, string] => [
      place,
      `${String(before)}/${String(after)}`,
    ]);
  const columns = 3;
  const height = Math.ceil(rows.length / columns);
  const table = newTable(Array.from({ length: columns }, () => ['place', 'crashes']).flat(), 0);
  for (let index = 0; index < height; index += 1)
    table.push(
      Array.from(
        { length: columns },
        (_, column) => rows[column * height + index] ?? ['', ''],
      ).flat(),
    );
  return table.toString();
}

function crossTable(tally: Tally, kind: string, rowPart: number, columnPart: number): string {
  const counts = new Map<string, number>();
  const rows = new Set<string>();
  const columns = new Set<string>();
  for (const { parts, count } of tally.of(kind)) {
    const [row, column] = [parts[rowPart] ?? '', parts[columnPart] ?? ''];
    rows.add(row);
    columns.add(column);
    counts.set(`${row}|${column}`, (counts.get(`${row}|${column}`) ?? 0) + count);
  }
  const heads = [...columns].sort();
  const table = newTable(['', ...heads], heads.length);
  for (const row of [...rows].sort())
    table.push([row, ...heads.map((column) => String(counts.get(`${row}|${column}`) ?? ''))]);
  return table.toString();
}

function newTable(head: string[], numbers: number): Table.Table {
  return new Table({
    head,
    colAligns: ['left', ...Array.from({ length: numbers }, () => 'right' as const)],
    style: { head: ['bold'], border: ['gray'], compact: true },
  });
}

function title(text: string): string {
  return `\n${styleText('bold', text)}`;
}
