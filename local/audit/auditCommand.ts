import Table from 'cli-table3';
import { parseStorage } from '../../shared/config/parseConfig.ts';
import { auditOptions, auditUsage } from './auditOptions.ts';
import { type Anchors, anchorsInFiles, anchorsInStorage } from './readAnchors.ts';
import { verifyAll } from './verifyAll.ts';
import type { Verified } from './verifyTrail.ts';

/**
 * `npm run verify-audit`: prints what the trails are worth. Returns the exit status: 0 when every trail holds, 1 when one is broken. Throws
 * when they could not be looked at.
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
    return 'ONLY the chains and the rows of migrations were checked, no anchors: give --anchors or the storage settings (--help). Whoever can write to the tables can forge both.';
  const count = [...anchors.byChain.values()].reduce((sum, places) => sum + places.length, 0);
  return `compared with ${String(count)} anchors of ${anchors.origin}${anchors.isComplete ? '' : '; whether these are all was not checked'}. Events after the last anchor of a trail are checked as a chain only.`;
}
