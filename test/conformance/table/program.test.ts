import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { caseCount } from '../cases.ts';

const folder = join(import.meta.dirname, '..');

it('npm run conformance is not green when the tests of some cases are not there', () => {
  // As from a shell: what vitest has set for its own processes is no business of the one that it starts.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|NODE_ENV|FORCE_COLOR|TEST$)/.test(name),
    ),
  );
  const { status, stdout } = spawnSync(process.execPath, [join(folder, 'main.ts'), 'updateJob'], {
    encoding: 'utf8',
    env,
  });
  const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('conformance: 3 of 74');
  const states = lines
    .map((line) => /^│ +(\d+) │.*│ (passed|failed|missing) +│$/.exec(line))
    .filter((match) => match !== null);
  expect(states).toHaveLength(caseCount);
  expect(states.filter(([, , state]) => state === 'passed').map(([, number]) => number)).toEqual([
    '32',
    '33',
    '34',
  ]);
  expect(states.filter(([, , state]) => state === 'missing')).toHaveLength(71);
  expect(status).toBe(1);
});

it('every case has exactly one test in the tree', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const numbers = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/^conformanceCase\((\d+), /gm)].map(
      (match) => Number(match[1]),
    ),
  );
  expect(numbers.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: caseCount }, (_, n) => n + 1),
  );
});
