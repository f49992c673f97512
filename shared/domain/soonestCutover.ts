// Graph refuses a date that has passed by the time the request is read.
const leadMs = 5 * 60_000;

/** The date to send for the earliest cutover that was asked for (ISO 8601; null: as soon as possible): it always lies ahead of `nowMs`. */
export function soonestCutover(askedFor: string | null, nowMs: number): string {
  const askedMs = askedFor === null ? 0 : Date.parse(askedFor);
  return new Date(Math.max(askedMs, nowMs + leadMs)).toISOString();
}
