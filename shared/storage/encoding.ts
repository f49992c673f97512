import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { sourceKey } from '../domain/sharePoint.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * Parses a stored value. Unknown members are dropped, even where the schema is strict: a later
 * release has written them. Throws a ZodError for any other error.
 */
export function parseStored<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  let known = value;
  for (;;) {
    const parsed = schema.safeParse(known);
    if (parsed.success) return parsed.data;
    const unknown = parsed.error.issues.flatMap((issue) => unknownMembers(issue, []));
    // The value of the caller must not be changed.
    if (known === value) known = structuredClone(value);
    if (!unknown.map((path) => removed(known, path)).some(Boolean)) throw parsed.error;
  }
}

/**
 * Returns the paths of unknown members in an issue. For a union, those of the first option with no
 * other errors.
 */
function unknownMembers(issue: Issue, base: Path): Path[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  if (issue.code !== 'invalid_union') return [];
  const option = issue.errors.find(
    (issues) => issues.length > 0 && issues.every((one) => unknownMembers(one, path).length > 0),
  );
  return option?.flatMap((one) => unknownMembers(one, path)) ?? [];
}

/** Removes the member at a path. Returns false if there is none. */
function removed(value: unknown, path: Path): boolean {
  const [name, ...rest] = path;
  if (
    name === undefined ||
    typeof value !== 'object' ||
    value === null ||
    !Object.hasOwn(value, name)
  )
    return false;
  return rest.length === 0
    ? Reflect.deleteProperty(value, name)
    : removed(Reflect.get(value, name), rest);
}

/** Returns the SHA-256, in hex, over JSON values in the given order. */
export function contentHash(...parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/**
 * Returns the id of a SharePoint task: a version 8 GUID (RFC 9562) derived from its source, so the
 * same source always has the same id.
 */
export function sharePointTaskId(parameters: SharePointParameters): string {
  const hash = contentHash(sourceKey(parameters));
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
