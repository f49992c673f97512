const pattern = /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})$/i;

/** The epoch milliseconds of an instant as Graph writes it, also with an unpadded month (`2025-7-18T09:08:04.451Z`); undefined for none. */
export function lenientInstantMs(text: string | null): number | undefined {
  const parts = pattern.exec(text ?? '');
  if (parts === null) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = parts;
  const two = (part: string): string => part.padStart(2, '0');
  const ms = Date.parse(`${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`);
  return Number.isNaN(ms) ? undefined : ms;
}
