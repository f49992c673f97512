import { z } from 'zod';
import { type AuditEvent, auditEventSchema } from '../../shared/contracts/auditEvent.ts';
import { brokenAt } from '../../shared/storage/auditChain.ts';

/** What the trail of one migration is worth. */
export interface Verified {
  readonly migrationId: string;
  readonly events: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** The hash of the last event: whoever has kept it elsewhere sees that nothing was cut off at the end. */
  readonly head: string | null;
  /** The place at which the chain breaks; undefined when it holds. */
  readonly brokenAt: number | undefined;
}

const pageSchema = z.looseObject({ value: z.array(z.unknown()), nextLink: z.url().optional() });

/** Reads every page of a list of the API. Throws an Error that says what the app answered. */
export async function readList<T>(firstUrl: string, key: string | undefined, schema: z.ZodType<T>): Promise<T[]> {
  const items: T[] = [];
  for (let url: string | undefined = firstUrl; url !== undefined; ) {
    const answer = await fetch(url, { headers: key === undefined ? {} : { 'x-functions-key': key } });
    if (!answer.ok) throw new Error(`${new URL(url).pathname} answered ${String(answer.status)}: ${(await answer.text()).slice(0, 500)}`);
    const page = pageSchema.parse(await answer.json());
    items.push(...page.value.map((item) => schema.parse(item)));
    url = page.nextLink;
  }
  return items;
}

/** Reads and checks the trail of a migration. */
export async function verifyTrail(apiUrl: string, key: string | undefined, migrationId: string): Promise<Verified> {
  const events: AuditEvent[] = await readList(`${apiUrl}/migrations/${migrationId}/events?pageSize=1000`, key, auditEventSchema);
  const foreign = events.findIndex((event) => event.migrationId !== migrationId);
  return {
    migrationId,
    events: events.length,
    firstAt: events[0]?.at ?? null,
    lastAt: events.at(-1)?.at ?? null,
    head: events.at(-1)?.hash ?? null,
    brokenAt: foreign === -1 ? brokenAt(events) : foreign + 1,
  };
}
