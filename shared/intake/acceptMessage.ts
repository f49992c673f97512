import { z } from 'zod';
import type { ProblemField } from '../contracts/problem.ts';
import type { Rejection } from '../contracts/rejection.ts';
import { requestRejected } from '../domain/outcomeEvent.ts';
import { parseJson } from '../domain/parseJson.ts';
import { BlobTooLargeError } from '../storage/blobTooLargeError.ts';
import { acceptRequest, type IntakeServices } from './acceptRequest.ts';
import type { SignedIn } from './newMigration.ts';

// Leaves room in the message for all else.
const maxEventErrorBytes = 24_000;

const requestBlobSchema = z.strictObject({ requestBlob: z.string().min(1).max(1024) });

/** What taking a message needs besides. */
export interface MessageSettings {
  readonly maxRequestBytes: number;
  /** Whether the callers of the HTTP routes are signed in; left out: they have function keys. */
  readonly isSignInOn?: boolean;
}

/** What came of a message; either way it is dealt with and must not come again. */
export type MessageOutcome =
  | { readonly kind: 'accepted'; readonly migrationId: string }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/**
 * Accepts a message of the queue `migration-requests`: a request, or `{ "requestBlob": … }` for one above the queue's size.
 * A message that can never succeed is recorded with its reasons at once. Throws what may pass (storage out of reach), so
 * that the queue gives the message again.
 * @param replayedBy who has sent a refused message once more, where they are signed in
 */
export async function acceptMessage(
  message: { readonly id: string; readonly text: string },
  services: IntakeServices & MessageSettings,
  replayedBy: SignedIn | null = null,
): Promise<MessageOutcome> {
  const reject = async (code: string, detail: string, errors: readonly ProblemField[] = []): Promise<MessageOutcome> => ({
    kind: 'rejected',
    rejection: await recordRejection({ source: 'queue', id: message.id, code, detail, errors, text: message.text }, services),
  });

  let body = parseJson(message.text);
  if (body === undefined) return reject('notJson', 'the message is not JSON');
  const reference = requestBlobSchema.safeParse(body);
  if (reference.success) {
    const { requestBlob } = reference.data;
    const blob = await loadBlob(requestBlob, services);
    if (blob === undefined) return reject('requestBlobMissing', 'the container migration-requests has no blob of the name that requestBlob gives');
    if (blob === 'tooLarge') return reject('requestTooLarge', `the blob that requestBlob names is larger than ${String(services.maxRequestBytes)} bytes`);
    body = parseJson(blob.text);
    if (body === undefined) return reject('notJson', 'the blob that requestBlob names is not JSON');
  }

  const acceptance = await acceptRequest(body, undefined, { ...services, sender: { kind: 'queue', isSignInOn: services.isSignInOn === true, replayedBy } });
  switch (acceptance.kind) {
    case 'accepted':
      return { kind: 'accepted', migrationId: acceptance.migration.id };
    case 'invalid':
      return reject('invalidRequest', 'the request has bad fields', acceptance.errors);
    case 'conflict':
      return reject('conflict', `the name stands for another request already, migration ${acceptance.migrationId}; choose another name`);
    case 'approvalNeedsSignIn':
      return reject(acceptance.kind, acceptance.detail);
    case 'usersTaken':
      return reject(acceptance.code, acceptance.detail, acceptance.errors);
  }
}

/** Keeps a message that was refused for good, with its text and reasons, and tells the outcome queue. */
export async function recordRejection(
  refused: Pick<Rejection, 'source' | 'id' | 'code' | 'detail'> & { readonly errors: readonly ProblemField[]; readonly text: string },
  { stores, nowMs }: Pick<IntakeServices, 'stores' | 'nowMs'>,
): Promise<Rejection> {
  const { text, errors, ...reason } = refused;
  const rejection: Rejection = { ...reason, errors: [...errors], replayedAt: null, migrationId: null, rejectedAt: new Date(nowMs()).toISOString() };
  await stores.rejections.save(rejection, text);
  await stores.outcomes.send(requestRejected({ ...rejection, errors: errorsThatFit(rejection.errors) }));
  return rejection;
}

/** As many of the bad fields as a queue message holds (64 KiB as base64), and how many there are besides. */
function errorsThatFit(errors: readonly ProblemField[]): ProblemField[] {
  let bytes = 0;
  const fitting = errors.filter((field) => (bytes += Buffer.byteLength(JSON.stringify(field))) <= maxEventErrorBytes);
  return fitting.length === errors.length ? fitting : [...fitting, { path: '', message: `and ${String(errors.length - fitting.length)} more; GET /rejections has them` }];
}

async function loadBlob(
  blobName: string,
  { stores, maxRequestBytes }: { readonly stores: IntakeServices['stores']; readonly maxRequestBytes: number },
): Promise<{ readonly text: string } | 'tooLarge' | undefined> {
  try {
    const text = await stores.requests.loadInbox(blobName, maxRequestBytes);
    return text === undefined ? undefined : { text };
  } catch (error) {
    if (error instanceof BlobTooLargeError) return 'tooLarge';
    throw error;
  }
}
