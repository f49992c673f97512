import { hash } from 'node:crypto';

/** SHA-256, in hex, over values that JSON can hold, in the given order. */
export function contentHash(...parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex');
}
