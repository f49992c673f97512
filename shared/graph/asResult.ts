import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { decodeText } from '../domain/decodeText.ts';
import { parseJson } from '../domain/parseJson.ts';
import { problemOf } from './graphProblem.ts';
import type { GraphProblem, GraphResult } from './graphResult.ts';
import { unwrapped } from './jobShapes.ts';
import { retryAfterSeconds } from './retryAfter.ts';
import type { Unanswered } from './unanswered.ts';

const defaultRetrySeconds = 30;

/** On Azure a durable timer, on which a caller spends what Graph has asked for, fires up to a second before its time. */
const timerLeadSeconds = 1;

/** Not Graph's word but that of something in between: whether Graph was asked is not known. */
const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** A write that was answered so has had no effect, and may have one later: throttled, locked, too early. */
const putOff: readonly number[] = [423, 425, 429];

/**
 * Sorts an answer into what the caller can act on (Graph: error responses, throttling). A read that has told nothing may simply be
 * repeated; a write that was sent may have taken effect. Nothing that Graph can answer makes it throw.
 * @param operation what the call is named by in a problem
 * @param parse makes the value out of the body of a success; throws a ZodError where the body does not have it
 */
export function asResult<T>(
  operation: string,
  kind: 'read' | 'write',
  answer: PipelineResponse | Unanswered,
  parse: (body: unknown) => T,
): GraphResult<T> {
  if ('problem' in answer)
    return answer.wasSent && kind === 'write'
      ? { kind: 'doubtful', seconds: 0, problem: answer.problem }
      : { kind: 'retryAfter', seconds: defaultRetrySeconds, problem: answer.problem };
  const { status, headers } = answer;
  const askedSeconds = retryAfterSeconds(headers);
  const asked = askedSeconds === undefined ? undefined : askedSeconds + timerLeadSeconds;
  const later = (problem: GraphProblem): GraphResult<T> => ({
    kind: 'retryAfter',
    seconds: asked ?? defaultRetrySeconds,
    problem,
  });
  const unclear = (problem: GraphProblem): GraphResult<T> =>
    kind === 'read' ? later(problem) : { kind: 'doubtful', seconds: asked ?? 0, problem };
  if (status >= 200 && status < 300) {
    const read = parsed(answer, parse);
    if ('value' in read)
      return { kind: 'done', value: read.value, requestId: headers.get('request-id') ?? null };
    return unclear(unreadable(`${operation}: ${read.fault}`, problemOf(answer)));
  }
  const problem = problemOf(answer);
  if (putOff.includes(status)) return later(problem);
  if (status === 404 || (kind === 'write' && status === 410)) return { kind: 'notFound', problem };
  if (kind === 'write' && status === 409) return { kind: 'conflict', problem };
  if (
    status === 408 ||
    status < 200 ||
    (kind === 'write' && isRedirect(status)) ||
    (status >= 500 && status !== 501)
  )
    return unclear(problem);
  return { kind: 'rejected', problem };
}

/** The value of a success, or what is wrong with its body. A body that is no JSON is a gateway's page or a part of an answer. */
function parsed<T>(
  { bodyAsText }: PipelineResponse,
  parse: (body: unknown) => T,
): { readonly value: T } | { readonly fault: string } {
  const text = decodeText(bodyAsText ?? '').trim();
  const body = parseJson(text);
  if (text !== '' && body === undefined) return { fault: 'the body is no JSON' };
  try {
    return { value: parse(unwrapped(body)) };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return {
      fault: `the body is not what Graph documents (${error.issues.map(({ path }) => path.join('.')).join(', ')})`,
    };
  }
}

function unreadable(fault: string, problem: GraphProblem): GraphProblem {
  const code = 'unreadableAnswer';
  return {
    ...problem,
    code,
    codes: [...problem.codes, code],
    message: problem.message === '' ? fault : `${fault}: ${problem.message}`,
  };
}
