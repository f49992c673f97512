import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { findRow, insertRow, type Key } from './rows.ts';

/** The partition of all entries and guards of the ledger, so that they can be written in one transaction. */
export const usersPartition = 'users';
const saltKey: Key = { partitionKey: 'salt', rowKey: 'salt' };
const saltBytes = 32;

/**
 * Gives the row key of a user: an HMAC with a salt that the ledger has of its own. The salt is made once, by whoever needs it first, and
 * remembered by the process.
 */
export function userKeys(table: TableClient): (name: string) => Promise<string> {
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
