import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../local/stack/freePort.ts';
import { openApiDocument } from '../openApiDocument.ts';
import { documentedFetch } from './documentedFetch.ts';

const healthy = {
  status: 'healthy',
  checks: { storage: { status: 'healthy' }, graph: { status: 'healthy' } },
};
const answers: Readonly<Record<string, unknown>> = {
  '/api/openapi.json': openApiDocument(),
  '/api/health': healthy,
  '/api/rejections': { value: [], mood: 'good' },
};
let server: Server;
let asked: string[];
let apiUrl: string;
beforeEach(async () => {
  asked = [];
  server = createServer(({ url = '' }, answer) => {
    asked.push(url);
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(answers[url] ?? {}));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  apiUrl = `http://127.0.0.1:${String(port)}/api`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('fetch by the document of the app', () => {
  it('hands over what is as documented, to be read as ever', async () => {
    const ask = documentedFetch(apiUrl);
    for (let time = 1; time <= 2; time += 1)
      expect(await (await ask(`${apiUrl}/health`)).json()).toEqual(healthy);
    expect(asked).toEqual(['/api/health', '/api/openapi.json', '/api/health']);
  });

  it('fails with request, status, faults and body on what is not', async () => {
    const ask = documentedFetch(apiUrl);
    await expect(ask(`${apiUrl}/rejections`)).rejects.toThrow(
      /^GET .*\/rejections answered 200, not as documented: .*mood.*\n\{"value":\[\],"mood":"good"\}$/,
    );
    await expect(ask(`${apiUrl}/colours`)).rejects.toThrow('does not have this route');
  });

  it('lets a failure to reach the app through as it is', async () => {
    const ask = documentedFetch(apiUrl);
    await ask(`${apiUrl}/health`);
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await expect(ask(`${apiUrl}/health`)).rejects.toThrow('fetch failed');
  });
});
