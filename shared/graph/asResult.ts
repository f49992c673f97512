import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { parseJson } from '../domain/parseJson.ts';
import { GraphError } from './graphError.ts';
import { noAnswer } from './graphPipeline.ts';
import { problemOf } from './graphProblem.ts';
import type { GraphResult } from './graphResult.ts';
import { unwrapped } from './jobShapes.ts';
import { retryAfterSeconds } from './retryAfter.ts';

const defaultRetrySeconds = 30;

/**
 * Sorts an answer into what the caller can act on (Graph: error responses, throttling). A read that failed without a
 * verdict may simply be repeated; a write may have taken effect. A success whose body is no JSON is a gateway's page or a
 * part of an answer, and says nothing.
 * @param parse makes the value out of the body of a success
 * @throws GraphError for a success whose body is not what Graph documents
 */
export function asResult<T>(operation: string, kind: 'read' | 'write', response: PipelineResponse | null, parse: (body: unknown) => T): GraphResult<T> {
  const asked = response === null ? undefined : retryAfterSeconds(response.headers);
  const unclear = (problem: typeof noAnswer): GraphResult<T> =>
    kind === 'read' ? { kind: 'retryAfter', seconds: asked ?? defaultRetrySeconds, problem } : { kind: 'doubtful', seconds: asked ?? 0, problem };
  if (response === null) return unclear(noAnswer);
  const { status } = response;
  const text = response.bodyAsText ?? '';
  if (status >= 200 && status < 300) {
    const body = parseJson(text);
    if (text !== '' && body === undefined) return unclear(problemOf(response));
    return { kind: 'done', value: parsed(operation, response, body, parse), requestId: response.headers.get('request-id') ?? null };
  }
  const problem = problemOf(response);
  // Only 429 says for sure that nothing has happened; a write that is answered 503 may have got through.
  if (status === 429 || (kind === 'read' && status === 503 && asked !== undefined)) return { kind: 'retryAfter', seconds: asked ?? defaultRetrySeconds, problem };
  if (status === 404 || status === 410) return { kind: 'notFound', problem };
  if (status === 409) return { kind: 'conflict', problem };
  if (status >= 500 && status !== 501) return unclear(problem);
  return { kind: 'rejected', problem };
}

function parsed<T>(operation: string, response: PipelineResponse, body: unknown, parse: (body: unknown) => T): T {
  try {
    return parse(unwrapped(body));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const where = error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new GraphError(`${operation}: the body is not what Graph documents (${where})`, problemOf(response));
  }
}
