import type { DequeuedMessageItem } from '@azure/storage-queue';
import { z } from 'zod';
import type { Invocation, TypedData } from '../invocation/invocation.ts';
import type { QueueSettings } from '../settings/hostJson.ts';

type Metadata = Readonly<Record<string, TypedData>>;

const objectSchema = z.record(z.string(), z.unknown());
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Adds the top-level members of a JSON message to its trigger metadata. As on Azure, they override
 * the metadata of the message in any case. Values become texts as .NET writes them; objects stay
 * JSON; null and arrays are omitted.
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
  for (const candidate of [trimmed, strict(trimmed)]) {
    try {
      return objectSchema.parse(JSON.parse(candidate));
    } catch {
      // Not JSON in this notation.
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

/**
 * Converts names without quotation marks and texts in single ones, which Json.NET accepts. Its
 * comments and hexadecimal numbers are not supported.
 */
function strict(text: string): string {
  return text.replaceAll(
    /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'|([A-Za-z_$][\w$]*)(?=\s*:)/g,
    (whole, single: string | undefined, name: string | undefined) => {
      if (single !== undefined) return JSON.stringify(single.replaceAll(/\\(['"\\])/g, '$1'));
      return name === undefined ? whole : JSON.stringify(name);
    },
  );
}

/**
 * Returns the invocation for a queue message (queue trigger binding); undefined when the binding
 * needs a text and the bytes are not UTF-8. `toHostTime` converts an instant of the storage service
 * to the host's clock.
 */
export function messageInvocation(
  functionName: string,
  queueName: string,
  message: DequeuedMessageItem,
  bytes: Buffer,
  isBinary: boolean,
  toHostTime: (real: Date) => Date,
): Invocation | undefined {
  const text = textOf(bytes);
  if (text === undefined && !isBinary) return undefined;
  const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) });
  const insertedOn = toHostTime(message.insertedOn);
  const expiresOn = new Date(
    insertedOn.getTime() + message.expiresOn.getTime() - message.insertedOn.getTime(),
  );
  const metadata: Readonly<Record<string, TypedData>> = {
    ...(text === undefined ? {} : { QueueTrigger: { string: text } }),
    Id: { string: message.messageId },
    PopReceipt: { string: message.popReceipt },
    DequeueCount: json(message.dequeueCount),
    InsertionTime: json(insertedOn),
    ExpirationTime: json(expiresOn),
    NextVisibleTime: json(toHostTime(message.nextVisibleOn)),
  };
  return {
    functionName,
    reason: `New queue message detected on '${queueName}'.`,
    inputData: [{ name: '', data: isBinary || text === undefined ? { bytes } : { string: text } }],
    // The real host adds members of texts only.
    triggerMetadata: isBinary || text === undefined ? metadata : withMessageMembers(metadata, text),
  };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The decoder throws only for bytes that are not UTF-8.
    return undefined;
  }
}

type Encoding = QueueSettings['messageEncoding'];

/** Returns the message text for bytes. */
export function encodeMessage(bytes: Buffer, encoding: Encoding): string {
  return encoding === 'base64' ? bytes.toString('base64') : bytes.toString('utf8');
}

/** Returns the bytes of a message text; undefined when it should be base64 and is not. */
export function decodeMessage(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(text, 'utf8');
  const compact = text.replaceAll(/\s/g, '');
  if (compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  return Buffer.from(compact, 'base64');
}

/**
 * Returns the messages of an output value: one for each element of an array, one for any other
 * value (queue output binding). Objects become indented JSON.
 */
export function queueMessages(data: TypedData): Buffer[] {
  if (data.bytes !== undefined) return [Buffer.from(data.bytes)];
  if (data.string !== undefined) return [Buffer.from(data.string)];
  if (data.collectionString !== undefined)
    return data.collectionString.string.map((text) => Buffer.from(text));
  if (data.json !== undefined) {
    const value: unknown = JSON.parse(data.json);
    return Array.isArray(value)
      ? value.map((element: unknown) => Buffer.from(messageText(element)))
      : [Buffer.from(messageText(value))];
  }
  const number = data.int ?? data.double;
  return number === undefined ? [] : [Buffer.from(String(number))];
}

function messageText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
