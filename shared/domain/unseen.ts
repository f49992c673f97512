const hourMs = 3_600_000;

/** Without a single answer for so long, it is for a person to find out what is wrong; a retry takes it up again. */
export const maxUnseenDays = 7;

/** How long something at Graph has been out of sight, and when to look again. */
export interface Unseen {
  readonly sinceMs: number;
  readonly seconds: number;
  readonly isTooLong: boolean;
}

/**
 * After a look that Graph has put off: the longer nothing has been seen (since `sinceMs`, epoch milliseconds; null for the first such
 * look), the longer until the next look, from a minute to an hour, and never before the `askedSeconds` of Graph.
 */
export function unseen(sinceMs: number | null, nowMs: number, askedSeconds: number): Unseen {
  const firstMs = sinceMs ?? nowMs;
  const longMs = nowMs - firstMs;
  const seconds = Math.max(askedSeconds, 60, Math.ceil(Math.min(hourMs, longMs / 4) / 1000));
  return { sinceMs: firstMs, seconds, isTooLong: longMs > maxUnseenDays * 24 * hourMs };
}
