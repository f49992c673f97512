import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { Invocation, TypedData } from '../invocation/invocation.ts';

/** The invocation that a queue message stands for (queue trigger binding). `instant` turns an instant of storage into one of the host's clock. */
export function messageInvocation(
  functionName: string,
  queueName: string,
  message: DequeuedMessageItem,
  bytes: Buffer,
  isBinary: boolean,
  instant: (real: Date) => Date,
): Invocation {
  const text = bytes.toString('utf8');
  const data: TypedData = isBinary ? { bytes } : { string: text };
  const json = (value: unknown): TypedData => ({ json: JSON.stringify(value) });
  const insertedOn = instant(message.insertedOn);
  const expiresOn = new Date(insertedOn.getTime() + message.expiresOn.getTime() - message.insertedOn.getTime());
  return {
    functionName,
    reason: `New queue message detected on '${queueName}'.`,
    inputData: [{ name: '', data }],
    triggerMetadata: {
      QueueTrigger: { string: text },
      Id: { string: message.messageId },
      PopReceipt: { string: message.popReceipt },
      DequeueCount: json(message.dequeueCount),
      InsertionTime: json(insertedOn),
      ExpirationTime: json(expiresOn),
      NextVisibleTime: json(instant(message.nextVisibleOn)),
    },
  };
}
