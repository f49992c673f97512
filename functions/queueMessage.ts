import type { InvocationContext } from '@azure/functions';
import { jsonText } from '../shared/domain/jsonText.ts';

/** A queue message as text with its id: the worker has parsed what looked like JSON, so it is written out again. */
export function queueMessage(entry: unknown, context: InvocationContext): { readonly id: string; readonly text: string } {
  const id = context.triggerMetadata?.['id'];
  return {
    id: typeof id === 'string' && id !== '' ? id : context.invocationId,
    text: typeof entry === 'string' ? entry : entry === undefined ? '' : jsonText(entry),
  };
}
