import { z } from 'zod';
import { GraphError, type GraphResponse } from './graphResponse.ts';
import { parseJson } from './json.ts';
import { ConnectionResetError } from './listen.ts';

const maxParts = 20;

const partSchema = z.looseObject({
  id: z.string().min(1),
  method: z.string().min(1),
  url: z.string().min(1),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.unknown().optional(),
  dependsOn: z.array(z.string()).default([]),
});
const batchSchema = z.looseObject({ requests: z.array(partSchema).min(1) });

type Part = z.infer<typeof partSchema>;
interface PartResponse {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Handles `POST /$batch` (Graph: JSON batching): up to 20 requests of one API version, each with a response of its own. A part
 * without a token uses the token of the batch. A part whose `dependsOn` failed gets 424.
 * @param send handles a part as if it had been sent alone
 * @throws GraphError when the batch as a whole is invalid
 */
export async function handleBatch(
  body: unknown,
  batch: Request,
  send: (request: Request) => Promise<Response>,
): Promise<GraphResponse> {
  const authorization = batch.headers.get('authorization');
  if (authorization === null)
    throw new GraphError(401, 'InvalidAuthenticationToken', 'Access token is empty.');
  const parsed = batchSchema.safeParse(body);
  if (!parsed.success) throw badRequest('The request body is not a batch.');
  const parts = parsed.data.requests;
  if (parts.length > maxParts)
    throw badRequest(`A batch takes at most ${String(maxParts)} requests.`);
  const ids = new Set(parts.map(({ id }) => id.toLowerCase()));
  if (ids.size < parts.length)
    throw badRequest('The ids of the requests of a batch must be unique.');
  if (parts.some(({ dependsOn }) => dependsOn.some((id) => !ids.has(id.toLowerCase()))))
    throw badRequest('dependsOn names a request that is not in the batch.');

  const root =
    new URL(batch.url).origin + (/^\/[^/]+/.exec(new URL(batch.url).pathname)?.[0] ?? '');
  const responses = new Map<string, PartResponse>();
  for (let waiting = parts; waiting.length > 0;) {
    const ready = waiting.filter(({ dependsOn }) =>
      dependsOn.every((id) => responses.has(id.toLowerCase())),
    );
    if (ready.length === 0) throw badRequest('dependsOn is circular.');
    for (const part of ready) {
      const hasFailedDependency = part.dependsOn.some(
        (id) => (responses.get(id.toLowerCase())?.status ?? 0) >= 400,
      );
      responses.set(
        part.id.toLowerCase(),
        hasFailedDependency
          ? failedDependency(part)
          : await responseTo(part, send(requestOf(part, root, authorization))),
      );
    }
    waiting = waiting.filter((part) => !ready.includes(part));
  }
  // Not in the order of the requests, so that a client must look responses up by id.
  return { status: 200, body: { responses: [...responses.values()].reverse() } };
}

function requestOf(
  { method, url, headers, body }: Part,
  root: string,
  authorization: string,
): Request {
  const request = new Request(`${root}/${url.replace(/^\//, '')}`, {
    method,
    headers: { authorization },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // The platform adds a content type to a text; only the headers of the part count.
  request.headers.delete('content-type');
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  return request;
}

async function responseTo({ id }: Part, sending: Promise<Response>): Promise<PartResponse> {
  try {
    const response = await sending;
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      id,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      ...(text === '' ? {} : { body: isJson ? parseJson(text) : text }),
    };
  } catch (error) {
    if (!(error instanceof ConnectionResetError)) throw error;
    // The connection behind the gateway was reset; the gateway itself still responds.
    return {
      id,
      status: 504,
      headers: { 'content-type': 'application/json' },
      body: { error: { code: 'UnknownError', message: 'The gateway got no response.' } },
    };
  }
}

function failedDependency({ id }: Part): PartResponse {
  return {
    id,
    status: 424,
    headers: {},
    body: {
      error: {
        code: 'FailedDependency',
        message: 'A request that this one depends on has failed.',
      },
    },
  };
}

function badRequest(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message);
}
