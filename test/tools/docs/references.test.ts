import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { batchPhaseSchema, personNeedSchema } from '../../../shared/contracts/migration.ts';
import { outcomeEventSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { problemCodes } from '../../../shared/contracts/problem.ts';
import { outcomeSchema, retryKindSchema } from '../../../shared/contracts/task.ts';
import { openApiDocument } from '../../openApiDocument.ts';
import { storageNames } from '../../../shared/storage/azureStores.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const api = read('docs/api.md');

/** What a page does not have in a code span. */
function missingIn(page: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => !page.includes(`\`${name}\``));
}

it('docs/api.md lists every route, with the methods and the role that it needs', () => {
  const documented = [
    ...api.matchAll(/^\| `((?:GET|POST|PATCH) .*?)\| +`?([\w.]+)`? +\|/gm),
  ].flatMap(([, cell = '', role = '']) => {
    const routes = [...cell.matchAll(/(?:(GET|POST|PATCH) )?(\/[^`]*)/g)];
    const [, method, first = ''] = routes[0] ?? [];
    // `POST /migrations/{id}/approve`, `/reject`: the second one is beside the first.
    return routes.map(([, own, path = ''], index) => {
      const full =
        index === 0 || own !== undefined ? path : `${first.replace(/\/[^/]*$/, '')}${path}`;
      return `${own ?? method ?? ''} ${full} ${role}`;
    });
  });
  const offered = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'head')
      .map(([method, { security }]) => {
        const [role = 'none'] = security.flatMap(({ entra = [] }) => entra);
        return `${method.toUpperCase()} ${path} ${role}`;
      }),
  );
  expect(documented.toSorted()).toEqual(offered.toSorted());
});

it('docs/api.md explains every problem code under its status', () => {
  const rows = api.split('\n').filter((line) => line.startsWith('|'));
  const unlisted = Object.entries(problemCodes).filter(
    ([code, { status }]) =>
      !rows.some((row) => row.includes(`\`${code}\``) && row.includes(` ${String(status)} `)),
  );
  expect(unlisted).toEqual([]);
});

it('docs/api.md explains every phase, outcome and event', () => {
  const events = outcomeEventSchema.options.flatMap(({ shape: { type } }) =>
    'options' in type ? type.options : [...type.values],
  );
  expect(
    missingIn(api, [...batchPhaseSchema.options, ...outcomeSchema.options, ...events]),
  ).toEqual([]);
});

it('docs/operations.md says what to do for every need and kind of retry', () => {
  expect(
    missingIn(read('docs/operations.md'), [
      ...personNeedSchema.options,
      ...retryKindSchema.options,
    ]),
  ).toEqual([]);
});

it('docs/storage.md lists every table, container and queue', () => {
  const { tables, containers, queues } = storageNames;
  const page = read('docs/storage.md');
  expect(Object.values(tables).filter((name) => !page.includes(`\n### ${name}\n`))).toEqual([]);
  expect(missingIn(page, [...Object.values(containers), ...Object.values(queues)])).toEqual([]);
});

it('docs/configuration.md explains every setting of the sample', () => {
  const { Values } = z
    .object({ Values: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('local.settings.sample.json')));
  expect(missingIn(read('docs/configuration.md'), Object.keys(Values))).toEqual([]);
});
