import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  AppWorker,
  HostLog,
  httpFunctions,
  provideCore,
} from '../../local/functions-host/index.ts';
import { roleSchema } from '../../shared/http/auth.ts';
import { openApiDocument } from '../openApiDocument.ts';

const worker = new AppWorker(new HostLog(() => undefined));
provideCore(worker.coreModule());
vi.stubEnv('TARGET_TENANT_ID', '11111111-2222-3333-4444-555555555555');
vi.stubEnv('AzureWebJobsStorage', 'UseDevelopmentStorage=true');
vi.stubEnv('AUTHENTICATION', 'entra');
vi.stubEnv('WEBSITE_AUTH_ENABLED', 'True');
// After the core module is in place: the library looks it up only once.
await import('../../functions/main.ts');
afterAll(() => {
  vi.unstubAllEnvs();
});

const roles = new Map(
  Object.values(openApiDocument().paths).flatMap((methods) =>
    Object.values(methods).map(
      ({ operationId, security }) =>
        [operationId, security.flatMap(({ entra = [] }) => entra)] as const,
    ),
  ),
);
const open = ['getOpenApi', 'healthLive'];
const names = httpFunctions(
  worker.registrations.map(({ registered }) => registered),
  '',
).map(({ name }) => name);

// Where commands are taken, the library wants a client; a caller who is turned away never gets to it.
const durableClient = { type: 'durableClient', name: 'client' };

/** What a caller gets who has signed in and has these roles. */
async function ask(name: string, own: readonly string[]): Promise<HttpResponseInit> {
  const claims = [
    { typ: 'tid', val: '11111111-2222-3333-4444-555555555555' },
    { typ: 'oid', val: 'aaaaaaaa-0000-4000-8000-000000000001' },
    { typ: 'preferred_username', val: 'lee@fabrikam.com' },
    ...own.map((val) => ({ typ: 'roles', val })),
  ];
  const headers = {
    'x-ms-client-principal': Buffer.from(JSON.stringify({ auth_typ: 'aad', claims })).toString(
      'base64',
    ),
  };
  const request = new HttpRequest({ method: 'GET', url: 'http://app/api/x', headers });
  const found = worker.registrations.find(({ registered }) => registered.name === name);
  const context = new InvocationContext({
    functionName: name,
    logHandler: () => undefined,
    options: { extraInputs: [durableClient] },
  });
  context.extraInputs.set(durableClient, {
    taskHubName: 'hub',
    creationUrls: {},
    managementUrls: {},
  });
  return (await found?.callback(request, context)) as HttpResponseInit;
}

describe('with Entra', () => {
  it.each(names.filter((name) => !open.includes(name)))(
    '%s needs exactly the role that the document says',
    async (name) => {
      expect(roles.get(name)).toHaveLength(1);
      const others = roleSchema.options.filter((role) => role !== roles.get(name)?.[0]);
      const answer = await ask(name, others);
      expect(answer.status).toBe(403);
      expect(JSON.parse(z.string().parse(answer.body))).toMatchObject({
        code: 'roleMissing',
        detail: expect.stringContaining(String(roles.get(name)?.[0])) as string,
      });
    },
  );

  it('jobs are deleted by nobody who may do everything else', async () => {
    expect(
      (
        await ask('deleteMigrationJobs', [
          'Migrations.Read',
          'Migrations.Submit',
          'Migrations.Approve',
        ])
      ).status,
    ).toBe(403);
  });

  it('the document is open to all', async () => {
    expect(roles.get('getOpenApi')).toEqual([]);
    expect((await ask('getOpenApi', [])).status ?? 200).toBe(200);
  });
});
