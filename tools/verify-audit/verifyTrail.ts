import { z } from 'zod';
import {
  type AuditEvent,
  auditEventSchema,
  chainPositionSchema,
  freezeChain,
  rejectionsChain,
} from '../../shared/contracts/audit.ts';
import type { Anchors } from './readAnchors.ts';
import { type KnownPlace, type TrailBreak, trailBreak } from './trailBreak.ts';

/** The app's API: its address up to `/api`, and the function key where one is needed. */
export interface Api {
  readonly url: string;
  readonly key: string | undefined;
}

/** Of a migration's row, what its trail is compared with. */
const rowSchema = z.looseObject({
  id: z.string(),
  phase: z.string(),
  acceptedAt: z.string(),
  auditHead: chainPositionSchema.nullable().default(null),
});
export type MigrationRow = z.infer<typeof rowSchema>;

/** What the trail of one migration, or of the refused messages, is worth. */
export interface Verified {
  readonly chain: string;
  readonly events: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** The hash of the last event. */
  readonly head: string | null;
  /** Up to which event anchors confirm the trail: what comes later only holds as a chain. 0: no anchor. */
  readonly anchoredTo: number;
  /** The same by the migration's row. */
  readonly rowTo: number;
  /** Where the trail does not hold; undefined when it does. */
  readonly broken: TrailBreak | undefined;
}

const pageSchema = z.looseObject({ value: z.array(z.unknown()), nextLink: z.url().optional() });
const problemSchema = z.looseObject({ code: z.string() });
const rejectionSchema = z.looseObject({ id: z.string(), rejectedAt: z.string() });

// A refused message is kept before its event is; after a crash between the two it comes again within ten minutes.
const refusedMs = 900_000;

/** Reads every page of a list of the API. Throws an Error that says what the app answered. */
async function readList<T>({ key }: Api, firstUrl: string, schema: z.ZodType<T>): Promise<T[]> {
  const items: T[] = [];
  for (let url: string | undefined = firstUrl; url !== undefined;) {
    const answer = await fetch(url, { headers: headersOf(key) });
    if (!answer.ok) throw await refusal(url, answer);
    const page = pageSchema.parse(await answer.json());
    items.push(...page.value.map((item) => schema.parse(item)));
    url = page.nextLink;
  }
  return items;
}

/** The rows of all migrations in the list. */
export const readRows = (api: Api): Promise<MigrationRow[]> =>
  readList(api, `${api.url}/migrations?pageSize=200`, rowSchema);

/** The row of a migration; undefined when the app says that there is none. */
export async function readRow(api: Api, migrationId: string): Promise<MigrationRow | undefined> {
  const url = `${api.url}/migrations/${migrationId}`;
  const answer = await fetch(url, { headers: headersOf(api.key) });
  if (answer.ok) return rowSchema.parse(await answer.json());
  const failure = await refusal(url, answer.clone());
  const problem = problemSchema.safeParse(await answer.json().catch(() => undefined));
  // Only the app itself says so: an address that leads elsewhere has 404 for everything.
  if (answer.status === 404 && problem.data?.code === 'migrationNotFound') return undefined;
  throw failure;
}

/**
 * Reads the trail of a migration, and compares it with its row and with the anchors. Both must have been read before, the row first: what
 * the row names has an anchor by then, and what an anchor names is in the trail.
 * @param isRowOlder whether the row was read before the anchors
 */
export async function verifyMigration(
  api: Api,
  row: MigrationRow,
  anchors: Anchors | undefined,
  isRowOlder: boolean,
): Promise<Verified> {
  const { id, phase, acceptedAt, auditHead } = row;
  const events = await readList(
    api,
    `${api.url}/migrations/${id}/events?pageSize=1000`,
    auditEventSchema,
  );
  const anchored = anchors?.byChain.get(id) ?? [];
  const known = [
    ...anchored,
    ...(auditHead === null ? [] : [{ ...auditHead, source: "the migration's row" }]),
  ];
  const broken = trailBreak({ chain: id, events, migration: { phase, acceptedAt }, known });
  return {
    ...seen(id, events, anchored),
    rowTo: auditHead?.sequence ?? 0,
    broken:
      broken ??
      (anchors?.isComplete === true && isRowOlder ? lostAnchor(auditHead, anchored) : undefined),
  };
}

/** What is said of a migration that has anchors, and no row any more. */
export function withoutRow(chain: string, anchored: readonly KnownPlace[]): Verified {
  const last = anchored.toSorted((a, b) => a.sequence - b.sequence).at(-1);
  const reason = `the migration has no row any more, so that its events cannot be read, and ${last?.source ?? 'an anchor'} names event ${String(last?.sequence ?? 1)}`;
  return { ...seen(chain, [], anchored), rowTo: 0, broken: { sequence: 1, reason } };
}

/** Reads the trail of the refused messages, and compares it with the anchors, which must have been read before. */
export async function verifyRejections(api: Api, anchors: Anchors | undefined): Promise<Verified> {
  const events = await readList(
    api,
    `${api.url}/rejections/events?pageSize=1000`,
    auditEventSchema,
  );
  const known = anchors?.byChain.get(rejectionsChain) ?? [];
  const broken =
    trailBreak({ chain: rejectionsChain, events, known }) ??
    (events.length === 0 ? await unrecorded(api) : undefined);
  return { ...seen(rejectionsChain, events, known), rowTo: 0, broken };
}

/** Reads the trail of the freezes, and compares it with the anchors, which must have been read before. */
export async function verifyFreezes(api: Api, anchors: Anchors | undefined): Promise<Verified> {
  const events = await readList(api, `${api.url}/freezes?pageSize=1000`, auditEventSchema);
  const known = anchors?.byChain.get(freezeChain) ?? [];
  return {
    ...seen(freezeChain, events, known),
    rowTo: 0,
    broken: trailBreak({ chain: freezeChain, events, known }),
  };
}

function seen(
  chain: string,
  events: readonly AuditEvent[],
  anchored: readonly KnownPlace[],
): Omit<Verified, 'rowTo' | 'broken'> {
  const last = events.at(-1);
  return {
    chain,
    events: events.length,
    firstAt: events[0]?.at ?? null,
    lastAt: last?.at ?? null,
    head: last?.hash ?? null,
    anchoredTo: Math.max(0, ...anchored.map(({ sequence }) => sequence)),
  };
}

function lostAnchor(
  auditHead: MigrationRow['auditHead'],
  anchored: readonly KnownPlace[],
): TrailBreak | undefined {
  if (
    auditHead === null ||
    anchored.some(
      ({ sequence, hash }) => sequence === auditHead.sequence && hash === auditHead.hash,
    )
  )
    return undefined;
  return {
    sequence: auditHead.sequence,
    reason:
      "the migration's row names the event, and no anchor does: anchors were removed, or the row was changed",
  };
}

async function unrecorded(api: Api): Promise<TrailBreak | undefined> {
  const rejections = await readList(api, `${api.url}/rejections?pageSize=200`, rejectionSchema);
  const first = rejections.find(
    ({ rejectedAt }) => Date.now() - Date.parse(rejectedAt) > refusedMs,
  );
  return first === undefined
    ? undefined
    : {
        sequence: 1,
        reason: `there is no event at all, and a message was refused on ${first.rejectedAt}: ${first.id}`,
      };
}

const headersOf = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { 'x-functions-key': key };

async function refusal(url: string, answer: Response): Promise<Error> {
  return new Error(
    `${new URL(url).pathname} answered ${String(answer.status)}: ${(await answer.text()).slice(0, 500)}`,
  );
}
