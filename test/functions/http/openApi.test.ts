import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { problemCodes, problemCodeSchema } from '../../../shared/contracts/problem.ts';
import { usersRequestSchema } from '../../../shared/contracts/request.ts';
import { schemaValidator } from '../../e2e/schemaValidator.ts';
import { openApiDocument } from '../../openApiDocument.ts';

const document = openApiDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every object of a JSON value with the names that lead to it. */
function* objectsIn(
  value: unknown,
  place: readonly string[] = [],
): Generator<{ readonly place: readonly string[]; readonly found: object }> {
  if (typeof value !== 'object' || value === null) return;
  yield { place, found: value };
  for (const [name, member] of Object.entries(value)) yield* objectsIn(member, [...place, name]);
}
const objects = [...objectsIn(document)];

describe('the document', () => {
  it('survives JSON as it is', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });

  it('refers only to what it holds, and holds only what it refers to', () => {
    const refs = objects.flatMap(({ found }) => ('$ref' in found ? [String(found.$ref)] : []));
    const names = Object.keys(document.components.schemas).map(
      (name) => `#/components/schemas/${name}`,
    );
    expect([...new Set(refs)].filter((ref) => !names.includes(ref))).toEqual([]);
    expect(names.filter((name) => !refs.includes(name))).toEqual([]);
  });

  it('has no schema with an address or dialect of its own', () => {
    expect(
      objects
        .filter(({ found }) => '$id' in found || '$schema' in found || '$defs' in found)
        .map(({ place }) => place.join('/')),
    ).toEqual([]);
  });

  it('names each operation once and shows it under a tag that it describes', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    for (const { operation } of operations) expect(tags).toContain(operation.tags[0]);
  });

  it('has exactly the parameters of each path', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(
        (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name),
        path,
      ).toEqual(inPath);
    }
  });

  it('describes the ways in that its operations name, and no others', () => {
    const named = operations.flatMap(({ operation }) =>
      operation.security.flatMap((way) => Object.keys(way)),
    );
    expect([...new Set(named)].sort()).toEqual(
      Object.keys(document.components.securitySchemes).sort(),
    );
  });

  it('says of every operation what it answers when all is well, and describes every answer', () => {
    for (const { path, operation } of operations) {
      expect(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        path,
      ).toBe(true);
      for (const { description } of Object.values(operation.responses))
        expect(description.length).toBeGreaterThan(5);
    }
  });

  it('tells every code of a problem under the status that it comes with', () => {
    const told = new Set(
      operations.flatMap(({ operation }) =>
        Object.entries(operation.responses).flatMap(([status, { content }]) =>
          problemCodeSchema.options
            .filter((code) => JSON.stringify(content ?? {}).includes(`"${code}"`))
            .map((code) => `${status} ${code}`),
        ),
      ),
    );
    expect([...told].sort()).toEqual(
      problemCodeSchema.options
        .map((code) => `${String(problemCodes[code].status)} ${code}`)
        .sort(),
    );
  });

  it('means the same by a name in requests as in answers', () => {
    // The generator gives a schema a second name where answers have another form of it.
    const names = Object.keys(document.components.schemas);
    expect(names).toContain('Workload');
    expect(names.filter((name) => name.endsWith('Output'))).toEqual([]);
  });

  it('gives examples that its own schemas take', () => {
    const validate = schemaValidator(document);
    const examples = operations.flatMap(({ path, method, operation }) =>
      Object.entries(operation.requestBody?.content ?? {}).flatMap(([type, { examples = {} }]) =>
        Object.values(examples).map(({ value }) => ({
          place: ['paths', path, method, 'requestBody', 'content', type, 'schema'],
          value,
        })),
      ),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { place, value } of examples)
      expect(validate(place, value), place.join(' ')).toEqual([]);
  });

  it('refuses no request that the app takes', () => {
    const validate = schemaValidator(document);
    const request = {
      kind: 'users',
      name: 'wave01',
      sourceTenantId: '11111111-2222-3333-4444-55555555555A',
      users: ['AAAAAAAA-0000-0000-0000-000000000001'],
      exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'Fabrikam.OnMicrosoft.com' },
      completeAfterDateTime: '2026-12-01T22:00:00+01:00',
    };
    expect(usersRequestSchema.safeParse(request).success).toBe(true);
    expect(validate(['components', 'schemas', 'UsersRequest'], request)).toEqual([]);
  });

  it('has the address that the host serves the app under', () => {
    const host = z
      .object({ extensions: z.object({ http: z.object({ routePrefix: z.string() }) }) })
      .parse(JSON.parse(readFileSync(join(import.meta.dirname, '../../../host.json'), 'utf8')));
    expect(document.servers.map(({ url }) => url)).toEqual([
      `/${host.extensions.http.routePrefix}`,
    ]);
  });

  it('asks for every member of an answer, and takes a request without what has a preset', () => {
    const { Batch, UsersRequest } = document.components.schemas;
    expect(Batch?.required).toEqual(Object.keys(Batch?.properties ?? {}));
    expect(UsersRequest?.required).toEqual(['kind', 'name', 'sourceTenantId', 'users']);
    expect(Batch?.properties?.['updatedAt']).toEqual({ type: 'string', format: 'date-time' });
  });
});
