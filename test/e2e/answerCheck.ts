import { z } from 'zod';
import { schemaValidator } from './schemaValidator.ts';

const contentSchema = z.record(z.string(), z.looseObject({}));
const operationSchema = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.looseObject({ content: contentSchema }).optional(),
  responses: z.record(
    z.string(),
    z.looseObject({
      headers: z
        .record(
          z.string(),
          z.looseObject({
            required: z.boolean().default(false),
            schema: z.looseObject({ type: z.string() }),
          }),
        )
        .default({}),
      content: contentSchema.optional(),
    }),
  ),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

/** A request and its answer. */
export interface Exchange {
  readonly method: string;
  /** Without what comes before the API's paths. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly sent?: string | undefined;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Tells what in an exchange is not as an OpenAPI document says; an exchange of which it says nothing is a fault as well. */
export function answerCheck(json: unknown): (exchange: Exchange) => readonly string[] {
  const document = documentSchema.parse(json);
  const validate = schemaValidator(document);

  return ({ method, path, query = new URLSearchParams(), sent, status, headers, body }) => {
    const template = templateOf(path, Object.keys(document.paths));
    const operation =
      template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
    if (template === undefined || operation === undefined)
      return ['the document does not have this route'];
    const place = ['paths', template, method.toLowerCase()];
    const answer = operation.responses[String(status)];
    if (answer === undefined) return [`the document does not have the status ${String(status)}`];

    const answerPlace = [...place, 'responses', String(status)];
    const inHeaders = Object.entries(answer.headers).flatMap(([name, { required, schema }]) => {
      const value = headers.get(name);
      if (value === null) return required ? [`the header ${name} is missing`] : [];
      return validate(
        [...answerPlace, 'headers', name, 'schema'],
        schema.type === 'integer' ? Number(value) : value,
      ).map((fault) => `header ${name}: ${fault}`);
    });
    const inBody = bodyFaults(headers.get('content-type'), body, answer.content, (type, value) =>
      validate([...answerPlace, 'content', type, 'schema'], value),
    );
    if (status >= 300) return [...inHeaders, ...inBody];

    // What the app has taken, the document must allow.
    const known = new Set(
      operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    );
    const inQuery = [...query.keys()]
      .filter((name) => !known.has(name) && name !== 'code')
      .map((name) => `the document does not have the query member ${name}`);
    const inSent = sentFaults(sent, operation.requestBody, (value) =>
      validate([...place, 'requestBody', 'content', 'application/json', 'schema'], value),
    );
    return [...inHeaders, ...inBody, ...inQuery, ...inSent];
  };
}

/** The path of the document that an actual one belongs to; names count before parameters. */
function templateOf(path: string, templates: readonly string[]): string | undefined {
  const fits = (template: string): boolean =>
    new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);
  const parameters = (template: string): number => template.split('{').length;
  return templates.filter(fits).sort((a, b) => parameters(a) - parameters(b))[0];
}

function bodyFaults(
  contentType: string | null,
  body: string,
  content: Readonly<Record<string, unknown>> | undefined,
  validate: (type: string, value: unknown) => readonly string[],
): readonly string[] {
  if (content === undefined) return body === '' ? [] : ['the document has no body for this answer'];
  const type = (contentType ?? '').split(';')[0]?.trim() ?? '';
  if (!(type in content))
    return [`the document does not have the content type ${type === '' ? 'none' : type}`];
  if (!/[/+]json$/.test(type)) return validate(type, body);
  try {
    return validate(type, JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return ['the body is not JSON'];
    throw error;
  }
}

function sentFaults(
  sent: string | undefined,
  requestBody: object | undefined,
  validate: (value: unknown) => readonly string[],
): readonly string[] {
  if (sent === undefined || sent === '') return [];
  if (requestBody === undefined) return ['the document has no body for this request'];
  return validate(JSON.parse(sent)).map((fault) => `the request that was taken: ${fault}`);
}
