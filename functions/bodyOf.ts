import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { problemCodes } from '../shared/contracts/problemCode.ts';
import { parseJson } from '../shared/domain/parseJson.ts';
import { problemFields } from '../shared/http/problemFields.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { type Body, readBody } from '../shared/http/readBody.ts';

/** The body of a command as its schema has it, or the problem to answer with. A command without a body has an empty one. */
export async function bodyOf<Schema extends z.ZodType>(
  schema: Schema,
  request: HttpRequest,
  maxRequestBytes: number,
): Promise<
  | { readonly ok: true; readonly value: z.output<Schema> }
  | { readonly ok: false; readonly problem: HttpResponseInit }
> {
  const body = await readBody(request, maxRequestBytes);
  if (!body.ok && body.code !== 'bodyMissing') return { ok: false, problem: bodyProblem(body) };
  const parsed = schema.safeParse(body.ok ? parseJson(body.text) : {});
  if (!parsed.success)
    return {
      ok: false,
      problem: problemResponse(
        400,
        'invalidRequest',
        'the body has bad fields',
        problemFields(parsed.error),
      ),
    };
  return { ok: true, value: parsed.data };
}

/** The problem to answer with when a body cannot be read. */
export function bodyProblem({ code, reason }: Extract<Body, { ok: false }>): HttpResponseInit {
  return problemResponse(problemCodes[code].status, code, reason, [{ path: '', message: reason }]);
}
