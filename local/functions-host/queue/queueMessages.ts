import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { Invocation, TypedData } from '../invocation/invocation.ts';
import { type Metadata, withMessageMembers } from '../invocation/messageMembers.ts';
import type { QueueSettings } from '../settings/hostJson.ts';

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
  const metadata: Metadata = {
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
