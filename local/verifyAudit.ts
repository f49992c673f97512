import Table from 'cli-table3';
import { z } from 'zod';
import { auditOptions, auditUsage } from './audit/auditOptions.ts';
import { readList, type Verified, verifyTrail } from './audit/verifyTrail.ts';

/** `npm run verify-audit`: exit code 0 when every chain holds, 1 when one is broken, 2 when it could not be looked at. */
async function main(): Promise<number> {
  const { url, migrationId, help } = auditOptions(process.argv.slice(2));
  if (help) {
    console.log(auditUsage);
    return 0;
  }
  const key = process.env['FUNCTIONS_KEY'];
  const ids = migrationId === undefined ? (await readList(`${url}/migrations?pageSize=200`, key, z.looseObject({ id: z.string() }))).map(({ id }) => id) : [migrationId];
  const trails: Verified[] = [];
  for (const id of ids) trails.push(await verifyTrail(url, key, id));

  const table = new Table({ head: ['migration', 'events', 'from', 'to', 'head', 'chain'], style: { head: [], border: [] } });
  for (const { migrationId: id, events, firstAt, lastAt, head, brokenAt } of trails) {
    table.push([id, events, firstAt ?? '', lastAt ?? '', head?.slice(0, 12) ?? '', brokenAt === undefined ? 'holds' : `BROKEN at event ${String(brokenAt)}`]);
  }
  console.log(table.toString());
  const broken = trails.filter(({ brokenAt }) => brokenAt !== undefined).length;
  console.log(broken === 0 ? `every chain holds: ${String(trails.length)}` : `broken: ${String(broken)} of ${String(trails.length)}`);
  return broken === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
