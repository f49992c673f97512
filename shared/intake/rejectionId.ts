import { hash } from 'node:crypto';

/**
 * The id under which a refused message is on record: derived from its text alone, because whoever sends the message can set all
 * that the queue trigger says about it. Equal messages have the same id.
 */
export function rejectionId(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}
