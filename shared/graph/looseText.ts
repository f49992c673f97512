import { z } from 'zod';
import { isUnsetInstant } from '../domain/lenientInstant.ts';

/**
 * The text in a member that only informs: itself, a number as text, the text inside an object of language and value (OData),
 * the first text of a list; an empty one for anything else.
 */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null || depth > 3) return '';
  if (Array.isArray(value))
    return value.map((one) => textOf(one, depth + 1)).find((text) => text !== '') ?? '';
  const members = membersOf(value);
  return (
    ['value', 'message', 'text']
      .map((name) => textOf(members.get(name), depth + 1))
      .find((text) => text !== '') ?? ''
  );
}

/** The members of an object by their names in lower case; of two that differ in nothing else, the first that is not null. */
export function membersOf(value: object): ReadonlyMap<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const key = name.toLowerCase();
    members.set(key, members.get(key) ?? member);
  }
  return members;
}

/** A member that only informs: whatever it is, and where it is missing, the answer is what `read` makes of it. */
export function loose<T>(read: (value: unknown) => T) {
  return z.unknown().optional().transform(read);
}

/** A text that Graph may leave out, give as null or in another form: then it is what `textOf` makes of it. */
export const looseText = loose((value) => textOf(value));

/** A text, or null for anything else. */
export const textOrNull = loose((value) => (typeof value === 'string' ? value : null));

/** An instant in Graph's own text, or null where it is none or means "not set". */
export const looseInstant = loose((value) =>
  typeof value === 'string' && !isUnsetInstant(value) ? value : null,
);
