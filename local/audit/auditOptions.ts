import { parseArgs } from 'node:util';
import { z } from 'zod';
import { migrationIdSchema } from '../../shared/contracts/ids.ts';

/** What `npm run verify-audit` takes. */
export const auditUsage = `Reads the audit trail of every migration and of the refused messages, or of one, and shows whether it holds: the chain
of hashes, its beginning with the acceptance, and that it has the events that the anchors and the migration's row name.

  npm run verify-audit -- [MIGRATION] [--url http://127.0.0.1:7071/api] [--anchors PATH]...

  MIGRATION  the id of one migration, or "rejections"; left out: all of them
  --url      the app's address up to /api; the function key, where one is needed, is taken from FUNCTIONS_KEY
  --anchors  a file or a folder: blobs of the container audit-anchors, or messages of the queue migration-outcomes as
             JSON, one a line. Left out: the container is read itself, by the app's own storage settings in the
             environment (AzureWebJobsStorage, or AzureWebJobsStorage__accountName). Without either only the chain and
             the row are checked, which somebody who can write to the tables can forge; the last line says so.

Status: 0 everything holds, 1 something is broken, 2 it could not be checked.`;

const optionsSchema = z.strictObject({
  url: z
    .url('must be an address such as https://ferry.azurewebsites.net/api')
    .default('http://127.0.0.1:7071/api'),
  anchors: z.array(z.string().min(1, 'must be a file or a folder')).default([]),
  help: z.boolean().default(false),
});

export interface AuditOptions {
  readonly url: string;
  readonly migrationId?: string;
  /** Files and folders; empty: the container itself, where the environment says how to reach it. */
  readonly anchors: readonly string[];
  readonly help: boolean;
}

/** Parses the command line; throws a ZodError or parseArgs' TypeError. */
export function auditOptions(args: readonly string[]): AuditOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      anchors: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const { url, anchors, help } = optionsSchema.parse(values);
  const [migrationId] = z
    .array(migrationIdSchema)
    .max(1, 'name one migration, or none for all')
    .parse(positionals);
  return {
    url: url.replace(/\/+$/, ''),
    anchors,
    help,
    ...(migrationId === undefined ? {} : { migrationId }),
  };
}
