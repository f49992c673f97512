import type { Key } from './rows.ts';

/**
 * The key of a row in the table `migrations`. All of it is one partition, so that whatever is written for a new request is
 * written in one transaction; the kinds of rows are told apart by the first letters of their keys.
 */
export function migrationKey(kind: 'claim' | 'newest' | 'migration' | 'request', name: string): Key {
  return { partitionKey: 'migrations', rowKey: `${kind}.${name}` };
}
