import type { HttpHeaders } from '@azure/core-rest-pipeline';

// A wait of half a day is asked for on bad days; what is longer than a day is a mistake of the other side.
const longestSeconds = 86_400;

/**
 * The seconds of a `Retry-After` header: a number, or a date that is read against the answer's own `Date` so that a wrong
 * clock does no harm (RFC 9110). At most a day; undefined when there is none or it says nothing.
 */
export function retryAfterSeconds(headers: HttpHeaders): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return clamp(Number(text));
  const atMs = Date.parse(text);
  const nowMs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(atMs)
    ? undefined
    : clamp((atMs - (Number.isNaN(nowMs) ? Date.now() : nowMs)) / 1_000);
}

function clamp(seconds: number): number {
  return Math.min(longestSeconds, Math.max(0, Math.ceil(seconds)));
}
