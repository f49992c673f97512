import { z } from 'zod';
import { parseJson } from '../../shared/domain/text.ts';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';

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
interface PartAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * Answers `POST /$batch` (Graph: JSON batching): up to 20 requests of one API version, each answered for itself. They carry
 * the batch's own token unless they bring one; one whose `dependsOn` failed is answered with 424.
 * @param send answers one of the requests as if it had come alone
 * @throws GraphRefusal when the batch as a whole is wrong
 */
export async function answerBatch(
  body: unknown,
  batch: Request,
  send: (request: Request) => Promise<Response>,
): Promise<GraphAnswer> {
  const authorization = batch.headers.get('authorization');
  if (authorization === null)
    throw new GraphRefusal(401, 'InvalidAuthenticationToken', 'Access token is empty.');
  const parsed = batchSchema.safeParse(body);
  if (!parsed.success) throw refusal('The request body is not a batch.');
  const parts = parsed.data.requests;
  if (parts.length > maxParts) throw refusal(`A batch takes at most ${String(maxParts)} requests.`);
  const ids = new Set(parts.map(({ id }) => id.toLowerCase()));
  if (ids.size < parts.length) throw refusal('The ids of the requests of a batch must be unique.');
  if (parts.some(({ dependsOn }) => dependsOn.some((id) => !ids.has(id.toLowerCase()))))
    throw refusal('dependsOn names a request that is not in the batch.');

  const root = /^\/[^/]+/.exec(new URL(batch.url).pathname)?.[0] ?? '';
  const answers = new Map<string, PartAnswer>();
  for (let waiting = parts; waiting.length > 0;) {
    const ready = waiting.filter(({ dependsOn }) =>
      dependsOn.every((id) => answers.has(id.toLowerCase())),
    );
    if (ready.length === 0) throw refusal('dependsOn leads in a circle.');
    for (const part of ready) {
      const failed = part.dependsOn.some(
        (id) => (answers.get(id.toLowerCase())?.status ?? 0) >= 400,
      );
      answers.set(
        part.id.toLowerCase(),
        failed
          ? failedDependency(part)
          : await answerPart(
              part,
              await send(requestOf(part, new URL(batch.url).origin + root, authorization)),
            ),
      );
    }
    waiting = waiting.filter((part) => !ready.includes(part));
  }
  // Not in the order of the requests on purpose: clients must go by the id.
  return { status: 200, body: { responses: [...answers.values()].reverse() } };
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
  // What the platform adds for a text is not what the caller said.
  request.headers.delete('content-type');
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  return request;
}

async function answerPart({ id }: Part, response: Response): Promise<PartAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    id,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    ...(text === '' ? {} : { body: isJson ? parseJson(text) : text }),
  };
}

function failedDependency({ id }: Part): PartAnswer {
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

function refusal(message: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', message);
}
