import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  AppWorker,
  HostLog,
  provideCore,
  type Registration,
} from '../../local/functions-host/index.ts';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { openApiDocument } from '../openApiDocument.ts';

// The library looks the core module up only once: every start of this file registers with a worker of its own behind it.
const newWorker = (): AppWorker => new AppWorker(new HostLog(() => undefined));
let worker = newWorker();
provideCore({
  ...worker.coreModule(),
  registerFunction: (...given: unknown[]): unknown =>
    Reflect.apply(worker.coreModule()['registerFunction'] as () => unknown, undefined, given),
});

const secret = 'hush4f2a9c';
const right = {
  TARGET_TENANT_ID: '11111111-2222-3333-4444-555555555555',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
};
const wrongs: Readonly<
  Record<string, { readonly settings: Record<string, string>; readonly names: readonly string[] }>
> = {
  'nothing is set': {
    settings: { TARGET_TENANT_ID: '', AzureWebJobsStorage: '' },
    names: ['TARGET_TENANT_ID', 'AzureWebJobsStorage'],
  },
  'values are wrong': {
    settings: {
      ...right,
      TARGET_TENANT_ID: secret,
      GRAPH_BASE_URL: `http://${secret}.example`,
      BATCH_SIZE: secret,
    },
    names: ['TARGET_TENANT_ID', 'GRAPH_BASE_URL', 'BATCH_SIZE'],
  },
  'the connection string is none': {
    settings: { ...right, AzureWebJobsStorage: `AccountKey=${secret}` },
    names: ['AzureWebJobsStorage'],
  },
  'authentication itself is wrong': {
    settings: { ...right, AUTHENTICATION: secret },
    names: ['AUTHENTICATION'],
  },
};

let registered: readonly Registration[] = [];
async function start(settings: Record<string, string>): Promise<string> {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  for (const name of ['AUTHENTICATION', 'GRAPH_BASE_URL', 'BATCH_SIZE']) vi.stubEnv(name, '');
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  vi.resetModules();
  worker = newWorker();
  await import('../../functions/main.ts');
  registered = worker.registrations;
  return said.mock.calls.flat().join('\n');
}
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function ask(
  { registered: { name }, callback }: Registration,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const context = new InvocationContext({ functionName: name, logHandler: () => undefined });
  const answer = (await callback(
    new HttpRequest({ method: 'GET', url: 'http://app/api/x', headers }),
    context,
  )) as HttpResponseInit;
  return { status: answer.status, text: z.string().parse(answer.body) };
}

const bindingOf = ({ registered: { bindings } }: Registration) =>
  Object.values(bindings).find(({ type }) => type === 'httpTrigger');

describe('an app whose settings are wrong', () => {
  it.each(Object.entries(wrongs))(
    '(%s) has every route and nothing else, and every route names the settings and no value',
    async (_, { settings, names }) => {
      const said = await start(settings);
      for (const name of names) expect(said).toContain(`  ${name}: `);
      expect(said).not.toContain(secret);
      const documented = Object.entries(openApiDocument().paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const routes = registered.flatMap((one) =>
        z
          .array(z.string())
          .parse(bindingOf(one)?.['methods'])
          .map((method) => `${method} /${String(bindingOf(one)?.['route'])}`),
      );
      expect(routes.toSorted()).toEqual(documented.toSorted());
      for (const one of registered) {
        // No binding but the request and its answer: no Durable client that has to be there.
        expect(
          Object.values(one.registered.bindings)
            .map(({ type }) => type)
            .toSorted(),
        ).toEqual(['http', 'httpTrigger']);
        const isOpen = one.registered.name === 'getOpenApi' || one.registered.name === 'healthLive';
        expect([one.registered.name, bindingOf(one)?.['authLevel']]).toEqual([
          one.registered.name,
          isOpen ? 'anonymous' : 'function',
        ]);
        const { status, text } = await ask(one);
        const problem = problemSchema.parse(JSON.parse(text));
        expect([status, problem.code]).toEqual([503, 'misconfigured']);
        for (const name of names) expect(problem.detail).toContain(name);
        expect(text).not.toContain(secret);
        // Whoever calls without a key learns no more than the names.
        expect(problem.errors?.map(({ path }) => path).toSorted()).toEqual(
          isOpen ? undefined : names.toSorted(),
        );
      }
    },
  );

  it('with Entra tells callers the names alone, whatever roles they say to have: their tenants are not known', async () => {
    await start({
      ...right,
      AUTHENTICATION: 'entra',
      WEBSITE_AUTH_ENABLED: 'True',
      BATCH_SIZE: secret,
    });
    const health = registered.find(({ registered: { name } }) => name === 'health');
    if (health === undefined) throw new Error('there is no health');
    expect(bindingOf(health)?.['authLevel']).toBe('anonymous');
    const principal = Buffer.from(
      JSON.stringify({
        auth_typ: 'aad',
        claims: [
          { typ: 'preferred_username', val: 'lee@fabrikam.com' },
          { typ: 'roles', val: 'Migrations.Read' },
        ],
      }),
    ).toString('base64');
    expect(problemSchema.parse(JSON.parse((await ask(health)).text))).toMatchObject({
      code: 'misconfigured',
      detail: expect.stringContaining('BATCH_SIZE') as string,
    });
    expect(problemSchema.parse(JSON.parse((await ask(health)).text)).errors).toBeUndefined();
    expect(
      problemSchema.parse(
        JSON.parse((await ask(health, { 'x-ms-client-principal': principal })).text),
      ).errors,
    ).toBeUndefined();
  });
});
