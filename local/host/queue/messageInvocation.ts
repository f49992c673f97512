import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { Invocation, TypedData } from '../invocation/invocation.ts';
import { withMessageMembers } from './messageMembers.ts';

/**
 * The invocation that a queue message stands for (queue trigger binding); undefined for bytes that are no UTF-8 where the binding
 * asks for a text: it fails before the function. `instant` turns an instant of storage into one of the host's clock.
 */
export function messageInvocation(
  functionName: string,
  queueName: string,
  message: DequeuedMessageItem,
  bytes: Buffer,
  isBinary: boolean,
  instant: (real: Date) => Date,
): Invocation | undefined {
  const text = textOf(bytes);
  if (text === undefined && !isBinary) return undefined;
  const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) });
  const insertedOn = instant(message.insertedOn);
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
    NextVisibleTime: json(instant(message.nextVisibleOn)),
  };
  return {
    functionName,
    reason: `New queue message detected on '${queueName}'.`,
    inputData: [{ name: '', data: isBinary || text === undefined ? { bytes } : { string: text } }],
    // The host looks for members in texts only.
    triggerMetadata: isBinary || text === undefined ? metadata : withMessageMembers(metadata, text),
  };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The decoder throws only for bytes that are no UTF-8.
    return undefined;
  }
}
