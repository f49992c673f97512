import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fromRow, maxColumnChars, toRow } from '../../../shared/storage/rows.ts';

const schema = z.object({ text: z.string().nullable(), list: z.array(z.string()).nullable() });
const key = { partitionKey: 'p', rowKey: 'r' };
const columnsOf = (record: object): [string, unknown][] =>
  Object.entries(toRow(key, record)).filter(
    ([name]) => name !== 'partitionKey' && name !== 'rowKey',
  );

describe('a record as columns', () => {
  it.each([0, 1, 2, 3])(
    'is cut where no character is halved, however it lies (%i before)',
    (before) => {
      const text = `${'a'.repeat(before)}${'😀'.repeat(maxColumnChars)}`;
      const columns = columnsOf({ text, list: null });
      expect(columns.length).toBeGreaterThan(2);
      for (const [, part] of columns)
        expect(String(part).isWellFormed() && String(part).length <= maxColumnChars).toBe(true);
      expect(fromRow(schema, toRow(key, { text, list: null }))).toEqual({ text, list: null });
    },
  );

  it('holds what it held, whatever the text and its length', () => {
    const list = ['b'.repeat(maxColumnChars), '\u2028', 'c'];
    expect(fromRow(schema, toRow(key, { text: 'x', list }))).toEqual({ text: 'x', list });
  });
});
