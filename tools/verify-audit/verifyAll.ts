import { freezeChain, rejectionsChain } from '../../shared/contracts/audit.ts';
import { isStandaloneChain } from '../../shared/storage/auditEntries.ts';
import type { Anchors } from './readAnchors.ts';
import {
  type Api,
  readRow,
  readRows,
  type Verified,
  verifyFreezes,
  verifyMigration,
  verifyRejections,
  withoutRow,
} from './verifyTrail.ts';

/** What was found, and what it was compared with. */
export interface AuditResult {
  readonly trails: readonly Verified[];
  /** Undefined: only the chains and the migrations' rows were checked. */
  readonly anchors: Anchors | undefined;
}

/**
 * Verifies the trails of all migrations that the list or an anchor names, of rejected messages and of freezes; with `only`, one of
 * them. Throws an Error when the app cannot be reached, or when neither a row nor an anchor names the migration.
 * @param readAnchors called after the rows were read and before the events are read
 */
export async function verifyAll(
  api: Api,
  readAnchors: () => Promise<Anchors | undefined>,
  only?: string,
): Promise<AuditResult> {
  const rows = new Map((await rowsToVerify(api, only)).map((row) => [row.id, row]));
  const anchors = await readAnchors();
  const chains =
    only === undefined
      ? new Set([...rows.keys(), ...(anchors?.byChain.keys() ?? []), rejectionsChain, freezeChain])
      : new Set([only]);
  const trails: Verified[] = [];
  for (const chain of chains)
    trails.push(
      await (chain === rejectionsChain
        ? verifyRejections(api, anchors)
        : chain === freezeChain
          ? verifyFreezes(api, anchors)
          : verifyOne(chain)),
    );
  return { trails, anchors };

  async function verifyOne(chain: string): Promise<Verified> {
    const listed = rows.get(chain);
    const row = listed ?? (await readRow(api, chain));
    if (row !== undefined) return verifyMigration(api, row, anchors, listed !== undefined);
    const anchored = anchors?.byChain.get(chain);
    if (anchored === undefined)
      throw new Error(
        `there is no migration ${chain}${anchors === undefined ? '' : ', and no anchor names one'}`,
      );
    return withoutRow(chain, anchored);
  }
}

async function rowsToVerify(api: Api, only: string | undefined) {
  if (only === undefined) return readRows(api);
  if (isStandaloneChain(only)) return [];
  const row = await readRow(api, only);
  return row === undefined ? [] : [row];
}
