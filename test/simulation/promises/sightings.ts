import { type FaultKind, isWrite } from '../../../local/graph-emulator/index.ts';
import type { Call } from '../ledger.ts';

/** Faults after which an answer does not show what it was asked for, or not all of it. */
const misleading: readonly FaultKind[] = [
  'usersMissing',
  'unknownStatus',
  'unknownServiceStatus',
  'unknownService',
  'emptyPage',
  'repeatedPage',
  'foreignNextLink',
  'truncatedBody',
  'truncatedJson',
  'htmlBody',
  'unreadableBody',
];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** True when the app heard an answer that shows what it had asked for. */
export function shows({ status, fault, heardSeq }: Call): boolean {
  return (
    status >= 200 &&
    status < 300 &&
    heardSeq !== null &&
    (fault === null || !misleading.includes(fault))
  );
}

/** The reads up to an instant by operation, without those that a claims challenge made the app send once more: what it heard is the second answer. */
function readsUntil(calls: readonly Call[], atMs: number): ReadonlyMap<string, readonly Call[]> {
  const repeated = new Map<string, number>();
  for (const { life, clientRequestId, sentSeq } of calls)
    repeated.set(`${String(life)} ${clientRequestId}`, sentSeq);
  const isSentAgain = ({ fault, life, clientRequestId, sentSeq }: Call): boolean =>
    fault === 'claimsChallenge' &&
    (repeated.get(`${String(life)} ${clientRequestId}`) ?? 0) > sentSeq;
  return Map.groupBy(
    calls.filter((call) => call.atMs <= atMs && !isWrite(call.operation) && !isSentAgain(call)),
    ({ operation }) => operation,
  );
}

/** The operations by which Graph had not shown something for seven days at an instant, or had answered nothing but 404 for a day. */
export function outOfSightBy(calls: readonly Call[], atMs: number): readonly string[] {
  const reads = readsUntil(calls, atMs);
  return [...reads].flatMap(([operation, own]) => {
    const unseen = own.slice(own.findLastIndex(shows) + 1);
    const absent = own.slice(own.findLastIndex(({ status }) => status !== 404) + 1);
    return isSince(unseen[0], atMs, 7 * dayMs) || isSince(absent[0], atMs, dayMs)
      ? [operation]
      : [];
  });
}

/** True when Graph had answered nothing but 404 for a day to each of the reads that show whether something is there, of which there are as many. */
export function isAbsentBy(calls: readonly Call[], atMs: number, count: number): boolean {
  const reads = readsUntil(calls, atMs);
  return (
    reads.size >= count &&
    [...reads.values()].every((own) =>
      isSince(own[own.findLastIndex(({ status }) => status !== 404) + 1], atMs, dayMs),
    )
  );
}

// What is slow is judged by when it was sent, and heard a little later.
function isSince(first: Call | undefined, atMs: number, ms: number): boolean {
  return first !== undefined && atMs - first.atMs >= ms - hourMs;
}

/** True when Graph has refused to do something, for good and not for now. */
export function isRefusedWrite({ operation, status }: Call): boolean {
  return (
    isWrite(operation) && ((status >= 300 && status < 500 && status !== 429) || status === 501)
  );
}

/**
 * True for a batch whose last create was looked up by name, and whose job Graph called "not found" more than eight minutes after that
 * create, although it was there. Where the response did not reach a row, nothing says more, so the app counts the create as not received.
 */
export function isHiddenAfterCreate(calls: readonly Call[]): boolean {
  const create = calls.findLast(({ operation }) => operation === 'createJob');
  // The name is looked up beside a job's id as well; that says nothing of the create.
  const lookUp = calls.findLast(({ activity }) => activity === 'findJob');
  return (
    create !== undefined &&
    lookUp?.operation === 'findJob' &&
    lookUp.status === 404 &&
    lookUp.fault !== null &&
    lookUp.atMs - create.atMs > 480_000
  );
}
