import { app } from '@azure/functions';
import { openApiText } from '../../shared/http/openApi/openApi.ts';
import { type Access, openToAll } from './route.ts';

/**
 * Registers `GET /openapi.json`: the OpenAPI 3.1 document. It needs no key: it is the same in every
 * deployment, contains nothing about a tenant, and most tools that read such documents cannot send
 * a key.
 */
export function registerGetOpenApi(access: Pick<Access, 'misconfigured'>): void {
  app.http('getOpenApi', {
    route: 'openapi.json',
    methods: ['GET'],
    ...openToAll(access, (request) => {
      const { text, etag } = openApiText();
      // Caches revalidate every time, so that a deployment is visible at once.
      const headers = { etag, 'cache-control': 'no-cache' };
      const known = (request.headers.get('if-none-match') ?? '')
        .split(',')
        .map((tag) => tag.trim().replace(/^W\//, ''));
      if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
      return { headers: { ...headers, 'content-type': 'application/json' }, body: text };
    }),
  });
}
