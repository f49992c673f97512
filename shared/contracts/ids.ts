import { z } from 'zod';

/** An Entra object or tenant id, in lower case. `z.uuid()` would reject valid Microsoft GUIDs. */
export const guidSchema = z.guid('must be a GUID').toLowerCase();

/** The id of a migration. It is safe in URLs, row keys and Durable instance ids. */
export const migrationIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,63}$/,
    'must be the id of a migration: lower-case letters, digits and hyphens',
  );

/** The id of a batch within its migration: `b001`, `b002`, … */
export const batchIdSchema = z
  .string()
  .regex(/^b\d{3,5}$/, 'must be the id of a batch, such as b001');
