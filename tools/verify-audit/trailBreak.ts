import {
  type AuditEvent,
  type ChainPosition,
  rejectionsChain,
} from '../../shared/contracts/audit.ts';
import { acceptanceId, acceptanceType } from '../../shared/storage/auditEntries.ts';
import { firstBrokenSequence } from '../../shared/storage/events.ts';

/** A place of a chain that is known from elsewhere than its events. `source` names it, such as `the anchor of 2026-11-22T08:00:00Z in 2026-11.jsonl`. */
export interface KnownPlace extends ChainPosition {
  readonly source: string;
}

/** Where a trail does not hold, and why. */
export interface TrailBreak {
  readonly sequence: number;
  readonly reason: string;
}

/** What is compared with the events of a chain. */
export interface Trail {
  /** The migration's id, or `rejections`. */
  readonly chain: string;
  /** All events, as they were read. */
  readonly events: readonly AuditEvent[];
  /** The migration's row; left out for the chain of refused messages. */
  readonly migration?: { readonly phase: string; readonly acceptedAt: string };
  /** Read before the events: the trail may have grown since, and never shrinks. */
  readonly known: readonly KnownPlace[];
}

/** Finds the first place at which a trail does not hold; undefined when it does, as far as the chain and what is known from elsewhere tell. */
export function trailBreak({ chain, events, migration, known }: Trail): TrailBreak | undefined {
  const foreign = events.findIndex(({ migrationId }) => migrationId !== chain);
  if (foreign !== -1)
    return {
      sequence: foreign + 1,
      reason: `the event is of another chain, ${events[foreign]?.migrationId ?? ''}`,
    };
  const places = known.toSorted((a, b) => a.sequence - b.sequence);
  return (
    beginningBreak({ chain, events, migration, places }) ??
    chainBreak(events) ??
    placeBreak(events, places)
  );
}

function beginningBreak({
  chain,
  events,
  migration,
  places,
}: Pick<Trail, 'chain' | 'events'> & {
  readonly migration: Trail['migration'] | undefined;
  readonly places: readonly KnownPlace[];
}): TrailBreak | undefined {
  const [first] = events;
  if (first === undefined) {
    const last = places.at(-1);
    if (last !== undefined)
      return {
        sequence: 1,
        reason: `no event is left, and ${last.source} names event ${String(last.sequence)}`,
      };
    // The acceptance is on record before a migration has any other phase.
    return migration === undefined || migration.phase === 'accepted'
      ? undefined
      : {
          sequence: 1,
          reason: `there is no event at all, and the migration is ${migration.phase}`,
        };
  }
  if (first.sequence !== 1)
    return { sequence: 1, reason: `the trail begins with event ${String(first.sequence)}` };
  if (migration !== undefined && (first.type !== acceptanceType || first.eventId !== acceptanceId))
    return {
      sequence: 1,
      reason: `the first event is ${first.type}, not the acceptance (${acceptanceType})`,
    };
  if (migration !== undefined && first.at !== migration.acceptedAt)
    return {
      sequence: 1,
      reason: `the acceptance is of ${first.at}, and the migration's row says ${migration.acceptedAt}`,
    };
  if (chain === rejectionsChain && first.type !== 'request.rejected')
    return { sequence: 1, reason: `the first event is ${first.type}, not request.rejected` };
  return undefined;
}

function chainBreak(events: readonly AuditEvent[]): TrailBreak | undefined {
  const sequence = firstBrokenSequence(events);
  return sequence === undefined
    ? undefined
    : {
        sequence,
        reason:
          'the event does not follow from the one before it: it was changed, or one was taken out or put in',
      };
}

function placeBreak(
  events: readonly AuditEvent[],
  places: readonly KnownPlace[],
): TrailBreak | undefined {
  let confirmed: KnownPlace | undefined;
  for (const place of places) {
    const { sequence, hash, source } = place;
    const event = events[sequence - 1];
    if (event === undefined)
      return {
        sequence: events.length + 1,
        reason: `the trail ends with event ${String(events.length)}, and ${source} names event ${String(sequence)}: its end was cut off`,
      };
    if (event.hash !== hash) {
      if (confirmed?.sequence === sequence)
        return {
          sequence,
          reason: `${confirmed.source} and ${source} name the event with different hashes`,
        };
      const from = (confirmed?.sequence ?? 0) + 1;
      const where =
        from === sequence
          ? `event ${String(sequence)} was rewritten`
          : `the trail was rewritten from some event between ${String(from)} and ${String(sequence)} on`;
      return { sequence, reason: `the event has another hash than ${source} says: ${where}` };
    }
    confirmed = place;
  }
  return undefined;
}
