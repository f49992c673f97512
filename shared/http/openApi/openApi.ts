import { createHash } from 'node:crypto';
import packageJson from '../../../package.json' with { type: 'json' };
import { appOperations } from './appOperations.ts';
import { commandOperations } from './commandOperations.ts';
import {
  type DocumentedResponse,
  type DocumentedOperation,
  type OpenApiDocument,
  type Operation,
  tags,
} from './document.ts';
import { documentedOperation, schemasOf } from './documentedOperation.ts';
import { migrationOperations } from './migrationOperations.ts';
import { schemaCatalog } from './schemas.ts';

/**
 * Returns the operations of all routes. Add a new route to one of the lists; a test compares them
 * with the registered functions.
 */
export const operations = (): readonly Operation[] => [
  ...migrationOperations(),
  ...commandOperations(),
  ...appOperations(),
];

const functionKeyDescription =
  'for apps that use function keys: a function key; with a wrong key the platform returns 401 without a body';

/** Creates the OpenAPI 3.1 document of the app from its contracts and operations. */
export function openApiDocument(): OpenApiDocument {
  const all = operations();
  const used = all.map(schemasOf);
  const catalog = schemaCatalog({
    byRequests: used.flatMap(({ byRequests }) => byRequests),
    byResponses: used.flatMap(({ byResponses }) => byResponses),
  });
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const operation of all) {
    const documented = documentedOperation(operation, catalog);
    const methods = (paths[`/${operation.route}`] ??= {});
    methods[operation.method] = documented;
    if (operation.head === true) methods['head'] = headOf(documented);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tenant Ferry',
      version: packageJson.version,
      description: packageJson.description,
    },
    // Relative to the address of the document, because each deployment has its own.
    servers: [{ url: '/api', description: 'the function app that served this document' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: catalog.named,
      securitySchemes: {
        functionKeyHeader: {
          type: 'apiKey',
          in: 'header',
          name: 'x-functions-key',
          description: functionKeyDescription,
        },
        functionKeyQuery: {
          type: 'apiKey',
          in: 'query',
          name: 'code',
          description: functionKeyDescription,
        },
        entra: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'for apps that use Entra: an access token for the app, of a caller with the app role that the operation requires',
        },
      },
    },
  };
}

/** Returns the HEAD operation: the same responses without bodies. */
function headOf(operation: DocumentedOperation): DocumentedOperation {
  const responses = Object.entries(operation.responses).map(
    ([status, { content: _, ...response }]): [string, DocumentedResponse] => [status, response],
  );
  return {
    ...operation,
    operationId: `${operation.operationId}Head`,
    responses: Object.fromEntries(responses),
  };
}

/** The serialized document with its entity tag. */
export interface OpenApiText {
  readonly text: string;
  readonly etag: string;
}

let cached: OpenApiText | undefined;

/**
 * Returns the document of this deployment. It is created at the first request, so that it does not
 * slow down the start, and cached.
 */
export function openApiText(): OpenApiText {
  if (cached === undefined) {
    const text = JSON.stringify(openApiDocument());
    cached = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
  }
  return cached;
}
