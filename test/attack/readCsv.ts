/** The rows of a text of CSV (RFC 4180; rows may end in a line feed alone). Throws on a quote that stands where none may. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { cell, end } = text[at] === '"' ? quoted(text, at + 1) : bare(text, at);
    row.push(cell);
    if (text[end] === ',') {
      at = end + 1;
      // A comma at the very end has one more cell behind it.
      if (at === text.length) row.push('');
      continue;
    }
    const rowEnd = text.startsWith('\r\n', end) ? end + 2 : end + 1;
    if (end < text.length && !text.startsWith('\r\n', end) && text[end] !== '\n')
      throw new Error(`a row goes on behind its last cell at ${String(end)}`);
    rows.push(row);
    row = [];
    at = rowEnd;
  }
  return rows;
}

interface Cell {
  readonly cell: string;
  /** The place behind it. */
  readonly end: number;
}

function bare(text: string, start: number): Cell {
  const length = text.slice(start).search(/,|\r\n|\n/);
  const end = length === -1 ? text.length : start + length;
  const cell = text.slice(start, end);
  if (cell.includes('"')) throw new Error(`a quote in a bare cell at ${String(start)}`);
  return { cell, end };
}

function quoted(text: string, start: number): Cell {
  let cell = '';
  for (let at = start; ;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) throw new Error(`the cell at ${String(start)} does not end`);
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { cell, end: quote + 1 };
    cell += '"';
    at = quote + 2;
  }
}
