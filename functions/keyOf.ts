import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { idempotencyKeySchema } from '../shared/http/idempotencyKey.ts';
import { problemFields } from '../shared/http/problemFields.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';

const headerSchema = idempotencyKeySchema.optional();

/** The caller's idempotency key, undefined when the request has none, or the 400 to answer with when it is not usable. */
export function keyOf(
  request: HttpRequest,
):
  | { readonly ok: true; readonly value: string | undefined }
  | { readonly ok: false; readonly problem: HttpResponseInit } {
  const parsed = headerSchema.safeParse(request.headers.get('idempotency-key') ?? undefined);
  if (parsed.success) return { ok: true, value: parsed.data };
  const errors = problemFields(parsed.error).map(({ message }) => ({
    path: 'Idempotency-Key',
    message,
  }));
  return {
    ok: false,
    problem: problemResponse(
      400,
      'invalidRequest',
      'the header Idempotency-Key is not usable',
      errors,
    ),
  };
}
