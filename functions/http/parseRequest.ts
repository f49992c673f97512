import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import { parseJson } from '../../shared/domain/text.ts';
import { type Body, idempotencyKeySchema, readBody } from '../../shared/http/body.ts';
import { problemFields, problemResponse } from '../../shared/http/problems.ts';

/** Parses the query of a request, without the function key. */
export function parseQuery<Schema extends z.ZodType>(
  request: HttpRequest,
  schema: Schema,
):
  | { readonly ok: true; readonly value: z.infer<Schema> }
  | { readonly ok: false; readonly problem: HttpResponseInit } {
  const members = Object.fromEntries([...request.query].filter(([name]) => name !== 'code'));
  const parsed = schema.safeParse(members);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problem: problemResponse(
      'invalidQuery',
      'the query has bad parameters; errors lists each of them',
      problemFields(parsed.error),
    ),
  };
}

/**
 * Parses the body of a command, or returns a problem. An absent body is treated as an empty object.
 */
export async function parseBody<Schema extends z.ZodType>(
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
        'invalidRequest',
        'the body has bad fields; errors lists each of them',
        problemFields(parsed.error),
      ),
    };
  return { ok: true, value: parsed.data };
}

/** Returns the problem for a body that cannot be read. */
export function bodyProblem({ code, reason }: Extract<Body, { ok: false }>): HttpResponseInit {
  return problemResponse(code, reason, [{ path: '', message: reason }]);
}

const idempotencyKeyHeaderSchema = idempotencyKeySchema.optional();

/**
 * Returns the idempotency key of a request, undefined if there is none, or a 400 if it is invalid.
 */
export function idempotencyKeyOf(
  request: HttpRequest,
):
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly problem: HttpResponseInit } {
  const parsed = idempotencyKeyHeaderSchema.safeParse(
    request.headers.get('idempotency-key') ?? undefined,
  );
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = problemFields(parsed.error).map(({ message }) => ({
    path: 'Idempotency-Key',
    message,
  }));
  return {
    ok: false,
    problem: problemResponse(
      'invalidRequest',
      'the header Idempotency-Key is invalid; errors says why',
      errors,
    ),
  };
}
