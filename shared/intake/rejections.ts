import { hash } from 'node:crypto';
import type { ProblemField } from '../contracts/problem.ts';
import type { Rejection } from '../contracts/rejection.ts';
import { requestRejected } from '../domain/outcomeEvent.ts';
import { groupCommit } from '../storage/calls.ts';
import type { StoredRejection } from '../storage/rejections.ts';
import { contentHash } from '../storage/rows.ts';
import type { Stores } from '../storage/stores.ts';
import type { IntakeServices } from './acceptRequest.ts';

/**
 * Returns the id of a rejected message, derived from its text only, because the sender can set all
 * metadata of the queue trigger. Equal messages have the same id.
 */
export function rejectionId(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

// Leaves space in the message for the other members.
const maxEventErrorBytes = 24_000;
// More than the number of deliveries that one instance processes at the same time.
const maxRecordedTogether = 100;

/** A message that is rejected permanently, with its original text. */
export interface RejectedMessage extends Pick<Rejection, 'source' | 'code' | 'detail'> {
  readonly errors: readonly ProblemField[];
  readonly text: string;
  /** The message was replayed, not delivered again. */
  readonly isReplay?: boolean;
}

interface Recording {
  readonly message: RejectedMessage;
  readonly services: Pick<IntakeServices, 'stores' | 'nowMs'>;
  stored?: Rejection;
}
type Record = (id: string, recording: Recording) => Promise<void>;

const recorders = new WeakMap<Stores['rejections'], Record>();

/**
 * Records a rejected message with its text and reason, and sends an event to the outcome queue: for
 * the first rejection, for every tenth, hundredth, thousandth, …, and when the reason changes.
 * Equal messages share one record with a count.
 */
export async function recordRejection(
  message: RejectedMessage,
  services: Pick<IntakeServices, 'stores' | 'nowMs'>,
): Promise<Rejection> {
  const { rejections } = services.stores;
  // A sender in a loop delivers the same message many times at once: these are written together.
  const record =
    recorders.get(rejections) ?? groupCommit<Recording>(maxRecordedTogether, recordTogether);
  recorders.set(rejections, record);
  const recording: Recording = { message, services };
  await record(rejectionId(message.text), recording);
  if (recording.stored === undefined)
    throw new Error('the rejection was saved but no record was returned');
  return recording.stored;
}

async function recordTogether(id: string, recordings: readonly Recording[]): Promise<void> {
  const last = recordings.at(-1);
  if (last === undefined) return;
  const { stores, nowMs } = last.services;
  const { source, code, detail, errors, text } = last.message;
  const at = new Date(nowMs()).toISOString();
  const count = recordings.filter(({ message }) => message.isReplay !== true).length;
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

/**
 * Sends the event about a rejection unless it was already sent. The event id is stored afterwards:
 * after a crash in between, the same event is sent again.
 */
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

/**
 * Returns as many of the bad fields as fit in a queue message (64 KiB as base64), and the number of
 * the others.
 */
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
          message: `${String(errors.length - fitting.length)} more bad fields are not listed here; GET /rejections lists all of them`,
        },
      ];
}
