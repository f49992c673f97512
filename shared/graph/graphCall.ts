import type { HttpMethods } from '@azure/core-rest-pipeline';
import { asResult } from './asResult.ts';
import type { Send } from './graphPipeline.ts';
import type { GraphResult } from './graphResult.ts';

/**
 * Sends one request and sorts its answer; everything but a GET is a write, which may have taken effect without an answer.
 * @param operation what it is called in errors
 * @param parse makes the value out of the body of a success
 */
export async function graphCall<T>(
  send: Send,
  operation: string,
  method: HttpMethods,
  url: string,
  parse: (body: unknown) => T,
  body?: object,
): Promise<GraphResult<T>> {
  return asResult(
    operation,
    method === 'GET' ? 'read' : 'write',
    await send({ method, url, ...(body === undefined ? {} : { body }) }),
    parse,
  );
}
