import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { orchestrators } from '../../../orchestrations/names.ts';
import { parseConfig } from '../../../shared/config/parseConfig.ts';
import {
  batchPhaseSchema,
  batchSchema,
  personNeedSchema,
} from '../../../shared/contracts/migration.ts';
import { outcomeEventSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { problemCodes } from '../../../shared/contracts/problem.ts';
import { outcomeSchema, retryKindSchema } from '../../../shared/contracts/task.ts';
import { openApiDocument } from '../../openApiDocument.ts';
import { storageNames } from '../../../shared/storage/azureStores.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const api = read('docs/api.md');
const configuration = read('docs/configuration.md');
const numberOf = (text: string): number => Number(text.replaceAll(',', ''));
const { Values: sample } = z
  .object({ Values: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('local.settings.sample.json')));

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

it('docs/api.md has the page sizes of the lists', () => {
  const parameterSchema = z.object({
    name: z.literal('pageSize'),
    schema: z.object({ default: z.int(), maximum: z.int() }),
  });
  const parametersSchema = z.object({
    get: z.object({ parameters: z.array(z.unknown()).default([]) }),
  });
  const { paths } = openApiDocument();
  const sizesOf = (path: string): unknown =>
    parametersSchema
      .parse(paths[path])
      .get.parameters.map((parameter) => parameterSchema.safeParse(parameter).data?.schema)
      .find((schema) => schema !== undefined);
  const lists: Readonly<Record<string, readonly string[]>> = {
    'migrations, rejections': ['/migrations', '/rejections'],
    'tasks, events, freezes': [
      '/migrations/{id}/tasks',
      '/migrations/{id}/events',
      '/freezes',
      '/rejections/events',
    ],
  };
  for (const [names, listed] of Object.entries(lists)) {
    const [, standard = '', largest = ''] =
      new RegExp(`^\\| ${names} +\\| +([\\d,]+) \\| +([\\d,]+) \\|$`, 'm').exec(api) ?? [];
    for (const path of listed)
      expect(sizesOf(path), path).toEqual({
        default: numberOf(standard),
        maximum: numberOf(largest),
      });
  }
});

it('docs/storage.md names only columns of batches that there are', () => {
  const [, table = ''] = /\n### batches\n([^]*?)\n### /.exec(read('docs/storage.md')) ?? [];
  const columns = [...table.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  );
  const members = Object.keys(batchSchema.shape);
  expect(columns).not.toEqual([]);
  expect(columns.filter((column) => !members.includes(column.replace(/Json$/, '')))).toEqual([]);
});

it('docs/architecture.md lists every orchestration', () => {
  const [, table = ''] =
    /^\| orchestration +\|.*\n([^]*?)\n\n/m.exec(read('docs/architecture.md')) ?? [];
  const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(listed.toSorted()).toEqual(Object.values(orchestrators).toSorted());
});

it('every npm script that a page or a help text names is in package.json', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  const named = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    '.ci/run',
    ...['architecture', 'configuration', 'guarantees', 'operations', 'scaling'].map(
      (page) => `docs/${page}.md`,
    ),
    'local/functions-host/README.md',
    'local/graph-emulator/README.md',
  ].flatMap((file) =>
    [...read(file).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name = '']) => name),
  );
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

it('docs/configuration.md explains every setting', () => {
  const parsed = [
    ...read('shared/config/parseConfig.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm),
    ...read('shared/config/storageSettings.ts').matchAll(/^ {2}(AzureWebJobsStorage\w*):/gm),
  ].map(([, name = '']) => name.replace('AzureWebJobsStorage__', '__'));
  expect(parsed.length).toBeGreaterThan(20);
  const names = [...Object.keys(sample), ...parsed];
  expect(names.filter((name) => !configuration.includes(`${name}\``))).toEqual([]);
});

it('docs/configuration.md has the defaults and ranges of the limits', () => {
  const [, table = ''] = /\n## Limits\n([^]*?)\n## /.exec(configuration) ?? [];
  const rows = [...table.matchAll(/^\| `(\w+)` +\| +([\d,]+) \| ([\d,]+) to ([\d,]+) +\|/gm)];
  const limitsWith = (settings: Readonly<Record<string, string>>): readonly number[] =>
    Object.values(parseConfig({ ...sample, ...settings }).limits);
  const names = rows.map(([, name = '']) => name);
  expect(limitsWith(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(
    rows.map(([, , standard = '']) => numberOf(standard)),
  );
  for (const [, name = '', , min = '', max = ''] of rows) {
    for (const bound of [min, max])
      expect(limitsWith({ [name]: String(numberOf(bound)) })).toContain(numberOf(bound));
    for (const beyond of [numberOf(min) - 1, numberOf(max) + 1])
      expect(() => limitsWith({ [name]: String(beyond) })).toThrow();
  }
});
