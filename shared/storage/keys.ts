import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { CommandResult } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import { findRow, insertRow, type Key } from './table.ts';

/**
 * Returns a row key that sorts the newest first: the milliseconds remaining until the year 2286,
 * then the id.
 */
export function newestFirst({ id, atMs }: { readonly id: string; readonly atMs: number }): string {
  return `${String(9_999_999_999_999 - atMs).padStart(13, '0')}.${id}`;
}

/**
 * Returns the key of a row in the table `migrations`. All rows are in one partition, so that the
 * rows of a request are written in one transaction. The prefix of the row key names the kind of
 * row.
 */
export function migrationKey(kind: 'claim' | 'newest' | 'migration', name: string): Key {
  return { partitionKey: 'migrations', rowKey: `${kind}.${name}` };
}

/** Returns the key of the list entry of a migration, which contains its request. */
export function listKey({ id, acceptedAt }: Pick<Migration, 'id' | 'acceptedAt'>): Key {
  return migrationKey('newest', newestFirst({ id, atMs: Date.parse(acceptedAt) }));
}

// The kinds of rows of a migration in the table `commands`, by the prefix of their keys. Only
// results sort between `result.` and `result/`.
export const commandPrefix = 'command.';
export const decisionPrefix = 'decision.';
export const requestedPrefix = 'requested.';
export const resultPrefix = 'result.';
/**
 * Changes with every command, decision and approval request, in the same transaction. It does not
 * change with results.
 */
export const revisionKey = 'revision';

/** Returns the number of an approval request as part of a row key, in numeric order. */
export const approvalKey = (number: number): string => String(number).padStart(5, '0');

/** Returns the prefix of the results of a batch, which form one range of keys. */
export const resultsPrefix = (batchId: string | null): string => `${resultPrefix}${batchId ?? ''}.`;

/** Returns the key of the result of a command in a batch. */
export function resultKey({
  migrationId,
  batchId,
  commandId,
}: Pick<CommandResult, 'migrationId' | 'batchId' | 'commandId'>): Key {
  return { partitionKey: migrationId, rowKey: `${resultsPrefix(batchId)}${commandId}` };
}

/**
 * The partition of all entries and guards of the ledger, so that one transaction can write them.
 */
export const usersPartition = 'users';
const saltKey: Key = { partitionKey: 'salt', rowKey: 'salt' };
const saltBytes = 32;

/**
 * Returns a function that computes the row key of a user: an HMAC with the salt of the ledger. The
 * salt is created once and cached.
 */
export function userKeyHasher(table: TableClient): (name: string) => Promise<string> {
  // A key object, because creating one takes longer than the HMAC.
  let key: Promise<KeyObject> | undefined;
  const readSalt = async (): Promise<string> => {
    const row = await findRow(table, saltKey);
    if (row !== undefined) return z.string().parse(row['salt']);
    const made = randomBytes(saltBytes).toString('hex');
    if (await insertRow(table, { ...saltKey, salt: made })) return made;
    return z.string().parse((await findRow(table, saltKey))?.['salt']);
  };
  return async (name) => {
    key ??= readSalt().then((salt) => createSecretKey(salt, 'hex'));
    // A failure is not cached.
    key.catch(() => (key = undefined));
    return createHmac('sha256', await key)
      .update(name)
      .digest('hex');
  };
}
