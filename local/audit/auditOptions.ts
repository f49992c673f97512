import { parseArgs } from 'node:util';
import { z } from 'zod';
import { migrationIdSchema } from '../../shared/contracts/ids.ts';

/** What `npm run verify-audit` takes. */
export const auditUsage = `Reads the audit trail of every migration, or of one, and shows whether its chain of hashes holds.

  npm run verify-audit -- [MIGRATION] [--url http://127.0.0.1:7071/api]

  MIGRATION  the id of one migration; left out: all of them
  --url      the app's address up to /api; the function key, where one is needed, is taken from FUNCTIONS_KEY`;

const optionsSchema = z.strictObject({
  url: z.url('must be an address such as https://ferry.azurewebsites.net/api').default('http://127.0.0.1:7071/api'),
  help: z.boolean().default(false),
});

export interface AuditOptions {
  readonly url: string;
  readonly migrationId?: string;
  readonly help: boolean;
}

/** Parses the command line; throws a ZodError or parseArgs' TypeError. */
export function auditOptions(args: readonly string[]): AuditOptions {
  const { values, positionals } = parseArgs({ args: [...args], options: { url: { type: 'string' }, help: { type: 'boolean' } }, allowPositionals: true });
  const { url, help } = optionsSchema.parse(values);
  const [migrationId] = z.array(migrationIdSchema).max(1, 'name one migration, or none for all').parse(positionals);
  return { url: url.replace(/\/+$/, ''), help, ...(migrationId === undefined ? {} : { migrationId }) };
}
