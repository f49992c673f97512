import { createHash } from 'node:crypto';
import packageJson from '../../../package.json' with { type: 'json' };
import { appOperations } from './appOperations.ts';
import { commandOperations } from './commandOperations.ts';
import type { DocumentedResponse, DocumentedOperation, OpenApiDocument } from './document.ts';
import { documentedOperation, schemasOf } from './documentedOperation.ts';
import { migrationOperations } from './migrationOperations.ts';
import { type Operation, tags } from './operation.ts';
import { schemaCatalog } from './schemas.ts';

/** Every route of the app. A new one is an entry in one of the lists; a test holds them against what the app registers. */
export const operations = (): readonly Operation[] => [
  ...migrationOperations(),
  ...commandOperations(),
  ...appOperations(),
];

const functionKeyDescription =
  'where the app is set up for function keys: one of them; a wrong one gets a 401 of the platform, without a body';

/** The OpenAPI 3.1 document of the app, made from its contracts and its list of operations. */
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
    // Relative to where the document was read: every deployment has an address of its own.
    servers: [{ url: '/api', description: 'the function app that gave this document' }],
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
            'where the app is set up for Entra: a token for it, of a caller with the app role that the operation names',
        },
      },
    },
  };
}

/** The same operation without a body in its answers. */
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

/** The document as it is sent, with its entity tag. */
export interface OpenApiText {
  readonly text: string;
  readonly etag: string;
}

let cached: OpenApiText | undefined;

/** The document of this deployment: made when it is first asked for, so that a start does not pay for it, and then kept. */
export function openApiText(): OpenApiText {
  if (cached === undefined) {
    const text = JSON.stringify(openApiDocument());
    cached = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
  }
  return cached;
}
