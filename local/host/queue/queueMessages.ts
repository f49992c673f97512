import type { TypedData } from '../invocation/invocation.ts';

/** The messages that an output value stands for: an array is one message per element, all else is one (queue output binding); objects are written as indented JSON. */
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
