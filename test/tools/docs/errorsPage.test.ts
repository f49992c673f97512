import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { knownErrors } from '../../../shared/domain/errorCatalogue/errorCatalogue.ts';
import { errorsPage } from '../../../tools/docs/errorsPage.ts';

it('docs/errors.md is the catalogue as it stands; `npm run docs` writes it anew', () => {
  expect(readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')).toBe(
    errorsPage(),
  );
});

it('the page has a row for every code, with meaning, who and step', () => {
  const rows = errorsPage()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  for (const { code, meaning, step } of knownErrors.values()) {
    const row = rows.find((line) => line.startsWith(`| \`${code}\` | `));
    expect(row, code).toContain(meaning.replaceAll('<', '&lt;'));
    expect(row, code).toContain(step.replaceAll('<', '&lt;'));
  }
  for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(8);
});
