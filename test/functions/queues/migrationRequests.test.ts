import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from '../../../functions/queues/migrationRequests.ts';

it('writes what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary', maxDepth: 4 }), (text) => {
      const value: unknown = JSON.parse(text);
      expect(jsonText(value)).toBe(JSON.stringify(value));
    }),
  );
  const odd: unknown = JSON.parse('{"__proto__":{"a":[1,{}]},"":null,"1":true,"a":[],"b":1e400}');
  expect(jsonText(odd)).toBe(JSON.stringify(odd));
});

it('goes as deep as JSON.parse', () => {
  const text = `${'{"a":['.repeat(50_000)}1${']}'.repeat(50_000)}`;
  expect(jsonText(JSON.parse(text))).toBe(text);
});
