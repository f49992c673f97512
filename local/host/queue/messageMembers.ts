import { z } from 'zod';
import type { TypedData } from '../invocation/invocation.ts';

type Metadata = Readonly<Record<string, TypedData>>;

const objectSchema = z.record(z.string(), z.unknown());
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Trigger metadata with the top-level members of a JSON message, which override the message's own in any case of letters, as on
 * Azure. Values are texts as .NET writes them; objects stay JSON; null and lists are left out.
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

/** Json.NET takes a text that looks like an instant for one, and .NET writes it in the invariant culture. */
function invariantDate(text: string): string {
  const parsed = new Date(/(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(parsed.getTime())) return text;
  const [, year = '', month = '', day = '', time = ''] =
    /^(\d+)-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})/.exec(parsed.toISOString()) ?? [];
  return `${month}/${day}/${year} ${time}`;
}

/** The members of an object of JSON; none for any other text, and for one that is nested too deeply for Json.NET. */
function membersOf(text: string): Readonly<Record<string, unknown>> {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}') || isDeep(trimmed)) return {};
  for (const candidate of [trimmed, strict(trimmed)]) {
    try {
      return objectSchema.parse(JSON.parse(candidate));
    } catch {
      // It is not JSON in this spelling.
    }
  }
  return {};
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

/** Json.NET also takes names without quotation marks and texts in single ones. Comments and hexadecimal numbers, which it takes as well, are not read here. */
function strict(text: string): string {
  return text.replaceAll(
    /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'|([A-Za-z_$][\w$]*)(?=\s*:)/g,
    (whole, single: string | undefined, name: string | undefined) => {
      if (single !== undefined) return JSON.stringify(single.replaceAll(/\\(['"\\])/g, '$1'));
      return name === undefined ? whole : JSON.stringify(name);
    },
  );
}
