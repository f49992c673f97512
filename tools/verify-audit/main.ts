import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { parseStorage } from '../../shared/config/storageSettings.ts';
import { migrationIdSchema } from '../../shared/contracts/ids.ts';
import { type Anchors, anchorsInFiles, anchorsInStorage } from './readAnchors.ts';
import { verifyAll } from './verifyAll.ts';
import type { Verified } from './verifyTrail.ts';

/** What `npm run verify-audit` takes. */
const auditUsage = `Verifies the audit trails of all migrations, of rejected messages and of freezes, or of one of them: the chain of hashes,
that it begins with the acceptance, and that it has the events that the anchors and the migration's row name.

  npm run verify-audit -- [MIGRATION] [--url http://127.0.0.1:7071/api] [--anchors PATH]...

  MIGRATION  the id of one migration, "rejections" or "freezes"; all of them by default
  --url      the app's address up to /api. The environment variable FUNCTIONS_KEY has the function key, if one is needed
  --anchors  a file or a folder: blobs of the container audit-anchors, or messages of the queue migration-outcomes as
             JSON, one a line. By default the container is read, with the app's storage settings in the environment
             (AzureWebJobsStorage or AzureWebJobsStorage__accountName). Without anchors only the chains and rows are
             checked, which anyone who can write to the tables can forge; the last line says so.

Exit status: 0 everything holds, 1 something is broken, 2 it could not be checked.`;

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

/**
 * `npm run verify-audit`: verifies the trails and prints the result. Returns the exit status: 0 when every trail holds, 1 when one is
 * broken. Throws when they could not be read.
 */
export async function auditCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  print: (text: string) => void,
): Promise<number> {
  const { url, migrationId, anchors: paths, help } = auditOptions(args);
  if (help) {
    print(auditUsage);
    return 0;
  }
  const readAnchors = async (): Promise<Anchors | undefined> => {
    if (paths.length > 0) return anchorsInFiles(paths);
    const storage = parseStorage(environment);
    return storage === undefined ? undefined : anchorsInStorage(storage);
  };
  const { trails, anchors } = await verifyAll(
    { url, key: environment['FUNCTIONS_KEY'] },
    readAnchors,
    migrationId,
  );

  const table = new Table({
    head: ['migration', 'events', 'from', 'to', 'head', 'compared up to', 'trail'],
    style: { head: [], border: [] },
  });
  for (const trail of trails) {
    const { chain, events, firstAt, lastAt, head, broken } = trail;
    table.push([
      chain,
      events,
      firstAt ?? '',
      lastAt ?? '',
      head?.slice(0, 12) ?? '',
      comparedUpTo(trail),
      broken !== undefined
        ? `BROKEN at event ${String(broken.sequence)}`
        : events === 0
          ? 'no events yet'
          : 'holds',
    ]);
  }
  print(table.toString());
  for (const { chain, broken } of trails)
    if (broken !== undefined)
      print(`broken: ${chain} at event ${String(broken.sequence)}: ${broken.reason}`);
  for (const fault of anchors?.faults ?? []) print(`broken: the anchors: ${fault}`);
  const broken = trails.filter((trail) => trail.broken !== undefined).length;
  print(
    broken === 0
      ? `every trail holds: ${String(trails.length)}`
      : `broken: ${String(broken)} of ${String(trails.length)}`,
  );
  print(comparedText(anchors));
  return broken === 0 && (anchors?.faults.length ?? 0) === 0 ? 0 : 1;
}

/** Up to which event the trail was compared with something outside of its events. */
function comparedUpTo({ anchoredTo, rowTo }: Verified): string {
  const by = [
    ...(anchoredTo > 0 ? [`${String(anchoredTo)} by anchors`] : []),
    ...(rowTo > 0 ? [`${String(rowTo)} by the row`] : []),
  ];
  return by.length === 0 ? 'nothing' : by.join(', ');
}

function comparedText(anchors: Anchors | undefined): string {
  if (anchors === undefined)
    return 'ONLY the chains and the rows of migrations were checked, without anchors: give --anchors or the storage settings (--help). Anyone who can write to the tables can forge both.';
  const count = [...anchors.byChain.values()].reduce((sum, places) => sum + places.length, 0);
  return `compared with ${String(count)} anchors of ${anchors.origin}${anchors.isComplete ? '' : '; it was not checked whether these are all anchors'}. Events after the last anchor of a trail are checked as a chain only.`;
}

// Exit status 0 when every trail holds, 1 when one is broken, 2 when it could not be checked.
try {
  process.exitCode = await auditCommand(process.argv.slice(2), process.env, (text) => {
    console.log(text);
  });
} catch (error) {
  console.error(
    error instanceof z.ZodError
      ? z.prettifyError(error)
      : error instanceof Error
        ? error.message
        : String(error),
  );
  process.exitCode = 2;
}
