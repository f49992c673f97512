import { z } from 'zod';

/** An Entra object or tenant id. `z.uuid()` rejects valid Microsoft GUIDs; compared and stored in lower case. */
export const guidSchema = z.guid('must be a GUID').toLowerCase();

/** A migration's id: derived from the caller's key, safe in URLs, row keys and Durable instance ids. */
export const migrationIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,63}$/,
    'must be an id of a migration: lower-case letters, digits and hyphens',
  );

/** `b001`, `b002`, …: a batch of a migration. */
export const batchIdSchema = z
  .string()
  .regex(/^b\d{3,5}$/, 'must be an id of a batch such as b001');
