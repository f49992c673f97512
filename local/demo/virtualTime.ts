const dateFormat = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'UTC',
  weekday: 'short',
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** Returns an instant of the stack's clock as text: `Fri, 20 Nov 2026, 08:00 UTC`. */
export function virtualDate(atMs: number): string {
  return `${dateFormat.format(atMs)} UTC`;
}

/** Returns a duration as text with at most two units: `2 d 4 h`, `35 min`, `12 s`. */
export function spanText(spanMs: number): string {
  const seconds = Math.max(0, Math.round(spanMs / 1000));
  const units = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3_600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', seconds % 60],
  ] as const;
  const first = units.findIndex(([, amount]) => amount > 0);
  if (first === -1) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([, amount]) => amount > 0)
    .map(([unit, amount]) => `${String(amount)} ${unit}`)
    .join(' ');
}

/** Returns a duration of real time as text: `2.4 s`. */
export function realSpanText(spanMs: number): string {
  return `${(spanMs / 1000).toFixed(1)} s`;
}
