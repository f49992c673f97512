import { hash } from 'node:crypto';
import type { ProblemField } from '../contracts/problem.ts';
import type { Rejection } from '../contracts/rejection.ts';
import { requestRejected } from '../domain/outcomeEvent.ts';
import { contentHash } from '../storage/encoding.ts';
import { groupCommit } from '../storage/groupCommit.ts';
import type { StoredRejection } from '../storage/globalStores.ts';
import type { Stores } from '../storage/stores.ts';
import type { IntakeServices } from './acceptRequest.ts';

/**
 * The id under which a refused message is on record: derived from its text alone, because whoever sends the message can set all
 * that the queue trigger says about it. Equal messages have the same id.
 */
export function rejectionId(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

// Leaves room in the message for all else.
const maxEventErrorBytes = 24_000;
// As many deliveries as one instance works on at once, with room to spare.
const maxRecordedTogether = 100;

/** A message that is refused for good, with its text as it came. */
export interface Refused extends Pick<Rejection, 'source' | 'code' | 'detail'> {
  readonly errors: readonly ProblemField[];
  readonly text: string;
  /** It was replayed: it has not come once more. */
  readonly isReplay?: boolean;
}

interface Recording {
  readonly refused: Refused;
  readonly services: Pick<IntakeServices, 'stores' | 'nowMs'>;
  stored?: Rejection;
}
type Record = (id: string, recording: Recording) => Promise<void>;

const recorders = new WeakMap<Stores['rejections'], Record>();

/**
 * Keeps a message that was refused for good, with its text and reason, and tells the outcome queue: of the first time, of every
 * tenth, hundredth, thousandth, …, and when the reason is another one than last time. Equal messages share a record with a count.
 */
export async function recordRejection(
  refused: Refused,
  services: Pick<IntakeServices, 'stores' | 'nowMs'>,
): Promise<Rejection> {
  const { rejections } = services.stores;
  // A sender in a loop fills all deliveries of an instance with one message: they are written together.
  const record =
    recorders.get(rejections) ?? groupCommit<Recording>(maxRecordedTogether, recordTogether);
  recorders.set(rejections, record);
  const recording: Recording = { refused, services };
  await record(rejectionId(refused.text), recording);
  if (recording.stored === undefined) throw new Error('a rejection was recorded without a record');
  return recording.stored;
}

async function recordTogether(id: string, recordings: readonly Recording[]): Promise<void> {
  const last = recordings.at(-1);
  if (last === undefined) return;
  const { stores, nowMs } = last.services;
  const { source, code, detail, errors, text } = last.refused;
  const at = new Date(nowMs()).toISOString();
  const count = recordings.filter(({ refused }) => refused.isReplay !== true).length;
  const stored = await stores.rejections.save(
    {
      id,
      source,
      code,
      detail,
      errors: [...errors],
      rejectedAt: at,
      lastRejectedAt: at,
      count,
      replayedAt: null,
      migrationId: null,
    },
    text,
  );
  await reportRejection(stored, stores);
  for (const recording of recordings) recording.stored = stored.rejection;
}

/** Sends the event about a rejection, unless it was sent. It is noted afterwards: a crash in between sends the same event again. */
async function reportRejection(
  { rejection, lastEventId }: StoredRejection,
  { outcomes, rejections }: Pick<Stores, 'outcomes' | 'rejections'>,
): Promise<void> {
  const { id, count, code, detail, errors } = rejection;
  const milestone = 10 ** (Math.max(count, 1).toString().length - 1);
  const eventId = `rejections/${id}/${String(milestone)}-${contentHash(code, detail, errors).slice(0, 8)}`;
  if (eventId === lastEventId) return;
  await outcomes.send(requestRejected({ ...rejection, errors: errorsThatFit(errors) }, eventId));
  await rejections.markReported(id, eventId);
}

/** As many of the bad fields as a queue message holds (64 KiB as base64), and how many there are besides. */
function errorsThatFit(errors: readonly ProblemField[]): ProblemField[] {
  let bytes = 0;
  const fitting = errors.filter(
    (field) => (bytes += Buffer.byteLength(JSON.stringify(field))) <= maxEventErrorBytes,
  );
  return fitting.length === errors.length
    ? fitting
    : [
        ...fitting,
        {
          path: '',
          message: `and ${String(errors.length - fitting.length)} more; GET /rejections has them`,
        },
      ];
}
