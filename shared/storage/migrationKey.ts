import type { Migration } from '../contracts/migration.ts';
import { newestFirst } from './newestFirst.ts';
import type { Key } from './rows.ts';

/**
 * The key of a row in the table `migrations`. All of it is one partition, so that whatever is written for a new request is
 * written in one transaction; the kinds of rows are told apart by the first letters of their keys.
 */
export function migrationKey(kind: 'claim' | 'newest' | 'migration', name: string): Key {
  return { partitionKey: 'migrations', rowKey: `${kind}.${name}` };
}

/** Where a migration stands in the list, with its request. */
export function placeKey({ id, acceptedAt }: Pick<Migration, 'id' | 'acceptedAt'>): Key {
  return migrationKey('newest', newestFirst({ id, atMs: Date.parse(acceptedAt) }));
}
