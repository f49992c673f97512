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
  const result: Record<string, TypedData> = { ...metadata };
  for (const [name, value] of Object.entries(membersOf(text))) {
    const data = typedMember(value);
    if (data === undefined) continue;
    const known = Object.keys(result).find((key) => key.toLowerCase() === name.toLowerCase());
    result[known ?? name] = data;
  }
  return result;
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

function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]|"(?:[^"\\]|\\.)*"/g)) {
    if (bracket === '[' || bracket === '{') depth += 1;
    else if (bracket === ']' || bracket === '}') depth -= 1;
    if (depth > maxDepth) return true;
  }
  return false;
}
