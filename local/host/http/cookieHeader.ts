import { z } from 'zod';

const seconds = z.union([z.number(), z.string().transform(Number)]);
const boxed = <T extends z.ZodType>(value: T) => z.looseObject({ value }).nullish();

/** A cookie of an HTTP answer (Functions worker protocol). */
export const cookieSchema = z.looseObject({
  name: z.string(),
  value: z.string(),
  domain: boxed(z.string()),
  path: boxed(z.string()),
  expires: boxed(z.looseObject({ seconds: seconds.nullish() })),
  secure: boxed(z.boolean()),
  httpOnly: boxed(z.boolean()),
  sameSite: z.string().nullish(),
  maxAge: boxed(z.number()),
});

/** The value of a `Set-Cookie` header; the path is `/` unless the cookie has one. */
export function cookieHeader(cookie: z.infer<typeof cookieSchema>): string {
  const { name, value, domain, path, expires, secure, httpOnly, sameSite, maxAge } = cookie;
  const sites = new Map([
    ['lax', 'lax'],
    ['strict', 'strict'],
    ['explicitnone', 'none'],
  ]);
  const site = sites.get(sameSite?.toLowerCase() ?? '');
  const expiresSeconds = expires?.value.seconds;
  return [
    `${name}=${encodeURIComponent(value)}`,
    ...(expiresSeconds == null ? [] : [`expires=${new Date(expiresSeconds * 1000).toUTCString()}`]),
    ...(maxAge == null ? [] : [`max-age=${String(Math.trunc(maxAge.value))}`]),
    ...(domain == null ? [] : [`domain=${domain.value}`]),
    `path=${path?.value ?? '/'}`,
    ...(secure?.value === true ? ['secure'] : []),
    ...(site === undefined ? [] : [`samesite=${site}`]),
    ...(httpOnly?.value === true ? ['httponly'] : []),
  ].join('; ');
}
