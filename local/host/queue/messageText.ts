import type { QueueSettings } from '../settings/hostJson.ts';

type Encoding = QueueSettings['messageEncoding'];

/** The text under which bytes are put into a queue. */
export function encodeMessage(bytes: Buffer, encoding: Encoding): string {
  return encoding === 'base64' ? bytes.toString('base64') : bytes.toString('utf8');
}

/** The bytes of a message's text; undefined when it is not base64 and should be. */
export function decodeMessage(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(text, 'utf8');
  const packed = text.replaceAll(/\s/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined;
  return Buffer.from(packed, 'base64');
}
