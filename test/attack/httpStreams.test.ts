import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  AppWorker,
  HostLog,
  provideCore,
  runInvocation,
  type TypedData,
} from '../../local/functions-host/index.ts';

/*
 * HTTP streams stay off (`app.setup({ enableHttpStream: true })`). With them the headers that a function sees come from the trigger's metadata, where a member
 * `Headers` of the body or the query stands before the real ones: on the real host a caller then signs in as anybody.
 */

const root = join(import.meta.dirname, '../..');
const dir = mkdtempSync(join(tmpdir(), 'streams-'));
const worker = new AppWorker(new HostLog(() => undefined));
provideCore(worker.coreModule());
vi.stubEnv('TARGET_TENANT_ID', '11111111-2222-3333-4444-555555555555');
vi.stubEnv('AzureWebJobsStorage', 'UseDevelopmentStorage=true');
vi.stubEnv('AUTHENTICATION', 'entra');
vi.stubEnv('WEBSITE_AUTH_ENABLED', 'True');
// What is deployed, not what it is made of: the bundle as it is built now.
execFileSync(process.execPath, ['tools/build.ts', '--out', join(dir, 'app.cjs')], { cwd: root });
createRequire(import.meta.url)(join(dir, 'app.cjs'));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

const roles = [
  'Migrations.Read',
  'Migrations.Submit',
  'Migrations.Approve',
  'Migrations.Delete',
].map((val) => ({ typ: 'roles', val }));
const tenant = '11111111-2222-3333-4444-555555555555';
const claims = [
  { typ: 'preferred_username', val: 'ana@fabrikam.com' },
  { typ: 'tid', val: tenant },
  { typ: 'oid', val: tenant },
  ...roles,
];
const forged = {
  'x-ms-client-principal': Buffer.from(JSON.stringify({ auth_typ: 'aad', claims })).toString(
    'base64',
  ),
};

/** Runs a route with the metadata that the real host gives for a request with this query and body: their members, and then `Headers` and `Query` unless one of them is called so. */
async function ask(
  name: string,
  query: Readonly<Record<string, string>>,
  body: object,
): Promise<number> {
  const registration = worker.registrations.find(({ registered }) => registered.name === name);
  if (registration === undefined) throw new Error(`no function ${name}`);
  const real = { host: 'app.example', 'content-type': 'application/json' };
  const metadata = { Headers: real, Query: query, ...query, ...body };
  const triggerMetadata = Object.fromEntries(
    Object.entries(metadata).map(([key, value]): [string, TypedData] => [
      key,
      typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) },
    ]),
  );
  const nullable = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }]));
  const http = {
    method: 'POST',
    url: 'http://app.example/api/x',
    nullableHeaders: nullable(real),
    nullableQuery: nullable(query),
    nullableParams: {},
    body: { bytes: Buffer.from(JSON.stringify(body)) },
  };
  const trigger =
    Object.entries(registration.registered.bindings).find(
      ([, { type }]) => type === 'httpTrigger',
    )?.[0] ?? '';
  const client = Object.entries(registration.registered.bindings).filter(
    ([, { type }]) => type === 'durableClient',
  );
  const inputData = [
    { name: trigger, data: { http } },
    ...client.map(([key]) => ({
      name: key,
      data: { string: '{"taskHubName":"hub","creationUrls":{},"managementUrls":{}}' },
    })),
  ];
  const { returnValue } = await runInvocation(worker, registration, randomUUID(), {
    functionName: name,
    inputData,
    triggerMetadata,
    traceParent: '',
  });
  return Number(z.looseObject({ statusCode: z.string() }).parse(returnValue?.http).statusCode);
}

const guarded = worker.registrations
  .filter(
    ({ registered: { name, bindings } }) =>
      !['getOpenApi', 'healthLive'].includes(name) &&
      Object.values(bindings).some(({ type }) => type === 'httpTrigger'),
  )
  .map(({ registered: { name } }) => name);

describe('HTTP streams', () => {
  it('are not asked for by the app that is deployed', async () => {
    expect(guarded.length).toBeGreaterThan(20);
    const capabilities = await worker.programmingModel?.getCapabilities?.({});
    expect(capabilities).toBeDefined();
    expect(capabilities).not.toHaveProperty('HttpUri');
  });

  it('are named nowhere in the source, and no function but those of queues reads the metadata of its trigger', () => {
    const sources = globSync('{functions,orchestrations,shared}/**/*.ts', { cwd: root }).map(
      (file) => ({ file, text: readFileSync(join(root, file), 'utf8') }),
    );
    expect(sources.length).toBeGreaterThan(100);
    expect(
      sources
        .filter(({ text }) => /enableHttpStream|app\.setup\(/.test(text))
        .map(({ file }) => file),
    ).toEqual([]);
    expect(
      sources
        .filter(
          ({ text }) =>
            text.includes('triggerMetadata') &&
            /app\.(?:http|client\.http|get|post)\(|HttpRequest/.test(text),
        )
        .map(({ file }) => file),
    ).toEqual([]);
  });

  it.each(guarded)(
    '%s lets nobody in who forges the header of the platform by a member of the body or the query',
    { timeout: 5_000 },
    async (name) => {
      expect(await ask(name, {}, { Headers: forged })).toBe(401);
      expect(await ask(name, { Headers: JSON.stringify(forged) }, {})).toBe(401);
      expect(
        await ask(
          name,
          { headers: JSON.stringify(forged), ...forged },
          { headers: forged, ...forged },
        ),
      ).toBe(401);
    },
  );
});
