import { app } from '@azure/functions';
import { openApiText } from '../../shared/http/openApi/openApi.ts';
import { type Access, openToAll } from './route.ts';

/**
 * `GET /openapi.json`: the OpenAPI 3.1 document. It takes no key: it tells nothing about a tenant and is the same in every
 * deployment, and the tools that read such documents by address mostly cannot send one.
 */
export function registerGetOpenApi(access: Pick<Access, 'misconfigured'>): void {
  app.http('getOpenApi', {
    route: 'openapi.json',
    methods: ['GET'],
    ...openToAll(access, (request) => {
      const { text, etag } = openApiText();
      // A cache asks every time: a deployment shows at once.
      const headers = { etag, 'cache-control': 'no-cache' };
      const known = (request.headers.get('if-none-match') ?? '')
        .split(',')
        .map((tag) => tag.trim().replace(/^W\//, ''));
      if (known.includes(etag) || known.includes('*')) return { status: 304, headers };
      return { headers: { ...headers, 'content-type': 'application/json' }, body: text };
    }),
  });
}
