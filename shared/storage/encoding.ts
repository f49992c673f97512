import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { sourceKey } from '../domain/sharePoint.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * Parses a stored value. Members that the schema does not know are dropped wherever they are, also where it is strict: a later release
 * has written them. Everything else that is wrong is thrown as a ZodError.
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
    // The value belongs to the caller.
    if (known === value) known = structuredClone(value);
    if (!unknown.map((path) => removed(known, path)).some(Boolean)) throw parsed.error;
  }
}

/** The paths of the members that an issue calls unknown; of a union, those of the first option that has nothing else against the value. */
function unknownMembers(issue: Issue, base: Path): Path[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
  if (issue.code !== 'invalid_union') return [];
  const option = issue.errors.find(
    (issues) => issues.length > 0 && issues.every((one) => unknownMembers(one, path).length > 0),
  );
  return option?.flatMap((one) => unknownMembers(one, path)) ?? [];
}

/** Removes the member at the end of a path; false when there is none. */
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

/** SHA-256, in hex, over values that JSON can hold, in the given order. */
export function contentHash(...parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/** The id of a SharePoint task: a GUID of version 8 (RFC 9562) over its source, so that the same source always has the same. */
export function sharePointTaskId(parameters: SharePointParameters): string {
  const hash = contentHash(sourceKey(parameters));
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
