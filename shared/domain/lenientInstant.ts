const pattern =
  /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,12}))?(Z|[+-]\d{2}:\d{2})$/i;

// The year 1 stands for a date that was never set; in a time zone west of its own it is shown as the last day before it.
const unset = /^000[01]-/;

/** True for the text of a date that means "not set" (`0001-01-01T00:00:00Z`, with any offset or fraction). */
export function isUnsetInstant(text: string): boolean {
  return unset.test(text);
}

/**
 * The epoch milliseconds of an instant as Graph writes it, also with an unpadded month (`2025-7-18T09:08:04.451Z`); undefined
 * for none, and for one that means "not set".
 */
export function lenientInstantMs(text: string | null): number | undefined {
  const parts = pattern.exec(text ?? '');
  if (parts === null || isUnsetInstant(parts[0])) return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour = '',
    minute = '',
    second = '',
    fraction = '',
    zone = '',
  ] = parts;
  const two = (part: string): string => part.padStart(2, '0');
  const ms = Date.parse(
    `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`,
  );
  return Number.isNaN(ms) ? undefined : ms;
}
