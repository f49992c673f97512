import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aMigration, aTask, taken } from '../shared/storage/sampleRows.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { hostileText } from './hostile.ts';
import { readCsv } from './readCsv.ts';

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores() });
});
afterAll(() => app.close());

// What a spreadsheet takes for the start of a formula, wide forms included.
const formula = /^[=+\-@\t\r＝＋－＠]/;
const starts = fc.constantFrom(
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  '"',
  ',',
  ';',
  '|',
  ' ',
  '＝',
  '＠',
  '',
);
const cell = fc
  .tuple(
    starts,
    fc.oneof(
      hostileText,
      fc.constantFrom(
        'HYPERLINK("http://x","y")',
        "cmd|' /C calc'!A0",
        'a\r\nb',
        'a"b',
        'a,b',
        '\n=1+1',
        '1',
      ),
    ),
  )
  .map((parts) => parts.join('').toWellFormed());

it('no cell of the CSV is a formula, and every cell can be read back', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          name: cell,
          source: cell,
          target: cell,
          status: cell,
          code: cell,
          message: cell,
        }),
        { minLength: 1, maxLength: 5 },
      ),
      async (rows) => {
        runs += 1;
        const id = `m-${String(runs)}`;
        await app.stores.migrations.accept(taken(aMigration(id)));
        const tasks = rows.map(({ name, source, target, status, code, message }, n) =>
          aTask(id, 'b001', n + 1, {
            sourceUserPrincipalName: name,
            source,
            target,
            outcome: 'failed',
            services: [{ service: 'Teams', status, message, errors: [{ code, message }] }],
          }),
        );
        await app.stores.tasks.save(tasks);
        const answer = await app.send({
          path: `/api/migrations/${id}/tasks`,
          headers: { accept: 'text/csv' },
        });
        expect([answer.status, app.faults()]).toEqual([200, []]);
        const [header = [], ...lines] = readCsv(answer.text);
        expect(lines.map((line) => line.length)).toEqual(rows.map(() => header.length));
        expect(lines.flat().filter((text) => formula.test(text))).toEqual([]);
        const at = (line: readonly string[], column: string): string | undefined =>
          line[header.indexOf(column)];
        const shown = (text: string): string => (formula.test(text) ? `'${text}` : text);
        for (const [n, { name, source, target, status, code, message }] of rows.entries()) {
          const line = lines[n] ?? [];
          const columns = [
            'taskId',
            'sourceUserPrincipalName',
            'source',
            'target',
            'Teams',
            'codes',
            'messages',
          ];
          expect(columns.map((column) => at(line, column))).toEqual([
            tasks[n]?.taskId,
            ...[
              name,
              source,
              target,
              status,
              code.trim() === '' ? 'NoCode' : code.trim(),
              message,
            ].map(shown),
          ]);
        }
      },
    ),
    { numRuns: 150 },
  );
});
