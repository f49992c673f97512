import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  AppWorker,
  HostLog,
  httpFunctions,
  provideCore,
} from '../../local/functions-host/index.ts';
import { openApiDocument } from '../openApiDocument.ts';

const worker = new AppWorker(new HostLog(() => undefined));
provideCore(worker.coreModule());
vi.stubEnv('TARGET_TENANT_ID', '11111111-2222-3333-4444-555555555555');
vi.stubEnv('AzureWebJobsStorage', 'UseDevelopmentStorage=true');
// After the core module is in place: the library looks it up only once.
await import('../../functions/main.ts');
afterAll(() => {
  vi.unstubAllEnvs();
});

const document = openApiDocument();

async function getOpenApi(headers: Record<string, string> = {}): Promise<HttpResponseInit> {
  const found = worker.registrations.find(({ registered }) => registered.name === 'getOpenApi');
  const request = new HttpRequest({ method: 'GET', url: 'http://app/api/openapi.json', headers });
  return (await found?.callback(
    request,
    new InvocationContext({ functionName: 'getOpenApi', logHandler: () => undefined }),
  )) as HttpResponseInit;
}
const etagOf = ({ headers }: HttpResponseInit): string =>
  z.object({ etag: z.string() }).parse(headers).etag;

describe('the routes of the app', () => {
  it('are the paths of the document, one by one, with their methods, names and keys', () => {
    const registered = httpFunctions(
      worker.registrations.map((registration) => registration.registered),
      '',
    ).flatMap(({ name, methods, template, authLevel }) =>
      methods.map(
        (method) => `${method} /${template} ${name}${method === 'HEAD' ? 'Head' : ''} ${authLevel}`,
      ),
    );
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, { operationId, security }]) =>
          `${method.toUpperCase()} ${path} ${operationId} ${security.length === 0 ? 'anonymous' : 'function'}`,
      ),
    );
    expect(documented.sort()).toEqual(registered.sort());
  });
});

describe('GET /openapi.json', () => {
  it('gives the document', async () => {
    const answer = await getOpenApi();
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(JSON.parse(z.string().parse(answer.body))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('is not sent again to who has it', async () => {
    const etag = etagOf(await getOpenApi());
    for (const known of [etag, `W/${etag}`, `"old", ${etag}`, '*']) {
      const answer = await getOpenApi({ 'if-none-match': known });
      expect([answer.status, answer.body, etagOf(answer)]).toEqual([304, undefined, etag]);
    }
    expect((await getOpenApi({ 'if-none-match': '"old"' })).body).toEqual(
      (await getOpenApi()).body,
    );
  });
});
