import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { parseJson } from '../domain/parseJson.ts';
import type { GraphProblem } from './graphResult.ts';

interface ErrorNode {
  code?: string | null | undefined;
  message?: string | null | undefined;
  details?: readonly ErrorNode[] | null | undefined;
  innerError?: ErrorNode | null | undefined;
  innererror?: ErrorNode | null | undefined;
}

const nodeSchema: z.ZodType<ErrorNode> = z.lazy(() =>
  z.looseObject({
    code: z.string().nullish(),
    message: z.string().nullish(),
    details: z.array(nodeSchema).nullish(),
    innerError: nodeSchema.nullish(),
    innererror: nodeSchema.nullish(),
  }),
);
const bodySchema = z.looseObject({ error: nodeSchema });

/** What an answer says went wrong. The body may be missing or a gateway's HTML: then only the status speaks. */
export function problemOf(response: PipelineResponse): GraphProblem {
  const body = bodySchema.safeParse(parseJson(response.bodyAsText ?? ''));
  const codes = body.success ? codesIn(body.data.error) : [];
  return {
    httpStatus: response.status,
    code: codes.at(-1) ?? '',
    codes,
    message: (body.success ? body.data.error.message : undefined) ?? '',
    requestId: response.headers.get('request-id') ?? null,
    clientRequestId: response.request.headers.get('client-request-id') ?? null,
  };
}

/** From the most general to the most specific (Graph: error responses). */
function codesIn(node: ErrorNode): string[] {
  const inner = node.innerError ?? node.innererror;
  return [
    ...(node.code === undefined || node.code === null || node.code === '' ? [] : [node.code]),
    ...(node.details ?? []).flatMap(codesIn),
    ...(inner === undefined || inner === null ? [] : codesIn(inner)),
  ];
}
