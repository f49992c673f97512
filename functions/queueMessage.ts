import { isUtf8 } from 'node:buffer';
import { jsonText } from '../shared/domain/jsonText.ts';

/**
 * The text of a queue message as it stands in the queue. The trigger asks for bytes (`dataType` binary), because the worker parses
 * a text that is JSON and the original is gone then: numbers above 2^53 are rounded, of two members of one name one is left. Reads
 * nothing of the trigger's metadata: the host lets members of a message override it.
 */
export function queueMessage(entry: unknown): string {
  // With messageEncoding base64 in an app setting, the host has decoded it to bytes that need not be a text.
  if (entry instanceof Uint8Array)
    return isUtf8(entry)
      ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry)
      : Buffer.from(entry).toString('base64');
  if (typeof entry === 'string') return entry;
  return entry === undefined ? '' : jsonText(entry);
}
