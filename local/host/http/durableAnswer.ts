import type { IncomingMessage } from 'node:http';
import type { DurableHost } from '../durable/durableHost.ts';
import { emptyAnswer, type HttpAnswer } from './httpAnswer.ts';
import { readBody } from './readBody.ts';

/** Hands a request to the durable management API; `prefix` is the part of the path in front of it. */
export async function durableAnswer(
  durable: DurableHost,
  request: IncomingMessage,
  url: URL,
  prefix: string,
  systemKey: string,
): Promise<HttpAnswer> {
  const body = await readBody(request);
  if (body === undefined) return emptyAnswer(413);
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct))
    headers[name] = (values ?? []).join(',');
  const answer = await durable.handle({
    method: request.method ?? 'GET',
    path: url.pathname.slice(prefix.length).replace(/^\/+/, ''),
    query: url.searchParams,
    headers,
    body: body.toString('utf8'),
    base: `${url.origin}${prefix}`,
    systemKey,
  });
  return { status: answer.status, headers: answer.headers, body: Buffer.from(answer.body) };
}
