import { z } from 'zod';
import { parseLaxJson } from '../laxJson.ts';
import type { TypedData } from './invocation.ts';

/** The trigger metadata of an invocation. */
export type Metadata = Readonly<Record<string, TypedData>>;

const objectSchema = z.record(z.string(), z.unknown());
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Adds the top-level members of a JSON text (a queue message or the body of a request) to trigger
 * metadata. As on Azure, they override metadata of the same name in any case. Values become texts
 * as .NET writes them; objects stay JSON; null and arrays are omitted.
 */
export function withMessageMembers(metadata: Metadata, text: string): Metadata {
  const result = new Map(Object.entries(metadata));
  // A body may have hundreds of thousands of members.
  const knownNames = new Map(Object.keys(metadata).map((name) => [name.toLowerCase(), name]));
  for (const [name, value] of Object.entries(membersOf(text))) {
    const data = typedMember(value);
    if (data === undefined) continue;
    const known = knownNames.get(name.toLowerCase()) ?? name;
    knownNames.set(name.toLowerCase(), known);
    result.set(known, data);
  }
  return Object.fromEntries(result);
}

function typedMember(value: unknown): TypedData | undefined {
  switch (typeof value) {
    case 'string':
      return { string: instant.test(value) ? invariantDate(value) : value };
    case 'number':
      return { string: String(value).toUpperCase() };
    case 'boolean':
      return { string: value ? 'True' : 'False' };
    default:
      return value === null || Array.isArray(value) || value === undefined
        ? undefined
        : { json: JSON.stringify(value) };
  }
}

/**
 * Writes an instant as .NET does in the invariant culture: Json.NET parses a text that looks like
 * an instant as one.
 */
function invariantDate(text: string): string {
  const parsed = new Date(/(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(parsed.getTime())) return text;
  const [, year = '', month = '', day = '', time = ''] =
    /^(\d+)-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})/.exec(parsed.toISOString()) ?? [];
  return `${month}/${day}/${year} ${time}`;
}

/**
 * Returns the members of a JSON object; none for other texts and for an object that is nested too
 * deeply for Json.NET.
 */
function membersOf(text: string): Readonly<Record<string, unknown>> {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}') || isDeep(trimmed)) return {};
  try {
    return objectSchema.parse(parseLaxJson(trimmed));
  } catch {
    return {};
  }
}

const maxDepth = 64;

/** Reads character by character: a regular expression overflows on a text of megabytes. */
function isDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\' && isInText) at += 1;
    else if (character === '"') isInText = !isInText;
    else if (isInText) continue;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
