import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import type { CommandResult } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import { findRow, insertRow, type Key } from './table.ts';

/**
 * A row key that sorts the newest to the front, because tables give rows in the order of their keys: the milliseconds left
 * until the year 2286, then the id.
 */
export function newestFirst({ id, atMs }: { readonly id: string; readonly atMs: number }): string {
  return `${String(9_999_999_999_999 - atMs).padStart(13, '0')}.${id}`;
}

/**
 * The key of a row in the table `migrations`. All of it is one partition, so that whatever is written for a new request is
 * written in one transaction; the kinds of rows are told apart by the first letters of their keys.
 */
export function migrationKey(kind: 'claim' | 'newest' | 'migration', name: string): Key {
  return { partitionKey: 'migrations', rowKey: `${kind}.${name}` };
}

/** Where a migration stands in the list, with its request. */
export function listKey({ id, acceptedAt }: Pick<Migration, 'id' | 'acceptedAt'>): Key {
  return migrationKey('newest', newestFirst({ id, atMs: Date.parse(acceptedAt) }));
}

// The kinds of rows in a migration's partition of the table `commands`, told apart by the first letters of their keys. Only results sort
// behind `result.` and before `result/`.
export const commandPrefix = 'command.';
export const decisionPrefix = 'decision.';
export const requestedPrefix = 'requested.';
export const resultPrefix = 'result.';
/** Changes with every command, decision and request for approval, in the same transaction; not with results. */
export const revisionKey = 'revision';

/** What follows such a prefix: the number of a request for approval, so that their keys are in their order. */
export const approvalKey = (number: number): string => String(number).padStart(5, '0');

/** The part of a result's key that stands for a batch: all its results follow in one range. */
export const resultsPrefix = (batchId: string | null): string => `${resultPrefix}${batchId ?? ''}.`;

export function resultKey({
  migrationId,
  batchId,
  commandId,
}: Pick<CommandResult, 'migrationId' | 'batchId' | 'commandId'>): Key {
  return { partitionKey: migrationId, rowKey: `${resultsPrefix(batchId)}${commandId}` };
}

/** The partition of all entries and guards of the ledger, so that they can be written in one transaction. */
export const usersPartition = 'users';
const saltKey: Key = { partitionKey: 'salt', rowKey: 'salt' };
const saltBytes = 32;

/**
 * Gives the row key of a user: an HMAC with a salt that the ledger has of its own. The salt is made once, by whoever needs it first, and
 * remembered by the process.
 */
export function userKeyHasher(table: TableClient): (name: string) => Promise<string> {
  // As a key object: to make one of the salt takes longer than the HMAC itself.
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
    // A failure is not remembered.
    key.catch(() => (key = undefined));
    return createHmac('sha256', await key)
      .update(name)
      .digest('hex');
  };
}
