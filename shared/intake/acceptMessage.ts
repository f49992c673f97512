import { z } from 'zod';
import type { ProblemField } from '../contracts/problem.ts';
import type { Rejection } from '../contracts/rejection.ts';
import { decodeBytes } from '../domain/decodeText.ts';
import { parseJson } from '../domain/parseJson.ts';
import { readMessage } from '../domain/readMessage.ts';
import { BlobTooLargeError } from '../storage/blobTooLargeError.ts';
import { acceptRequest, type IntakeServices } from './acceptRequest.ts';
import type { SignedIn } from './newMigration.ts';
import { recordRejection } from './recordRejection.ts';

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

interface Reason {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemField[];
}

/**
 * Accepts a message of the queue `migration-requests`, as its text stands in the queue: a request, or `{ "requestBlob": … }` for
 * one above the queue's size, either of them plain or in base64. A message that can never succeed is recorded with its reasons at
 * once. Throws what may pass (storage out of reach), so that the queue gives the message again.
 * @param replayedBy who has sent a refused message once more, where they are signed in
 */
export async function acceptMessage(
  message: { readonly text: string; readonly isReplay?: boolean },
  services: IntakeServices & MessageSettings,
  replayedBy: SignedIn | null = null,
): Promise<MessageOutcome> {
  const { text, isReplay = false } = message;
  const reject = async ({ code, detail, errors = [] }: Reason): Promise<MessageOutcome> => ({
    kind: 'rejected',
    rejection: await recordRejection(
      { source: 'queue', code, detail, errors, text, isReplay },
      services,
    ),
  });

  const read = readMessage(text);
  if (!read.ok) return reject(read);
  let body = read.value;
  const reference = requestBlobSchema.safeParse(body);
  if (reference.success) {
    const blob = await loadBlob(reference.data.requestBlob, services);
    if ('code' in blob) return reject(blob);
    body = blob.body;
  }

  const acceptance = await acceptRequest(body, undefined, {
    ...services,
    sender: { kind: 'queue', isSignInOn: services.isSignInOn === true, replayedBy },
  });
  switch (acceptance.kind) {
    case 'accepted':
      return { kind: 'accepted', migrationId: acceptance.migration.id };
    case 'invalid':
      return reject({
        code: 'invalidRequest',
        detail: 'the request has bad fields',
        errors: acceptance.errors,
      });
    case 'conflict':
      return reject({
        code: 'conflict',
        detail: `the name stands for another request already, migration ${acceptance.migrationId}; choose another name`,
      });
    case 'approvalNeedsSignIn':
      return reject({ code: acceptance.kind, detail: acceptance.detail });
    case 'usersTaken':
      return reject(acceptance);
  }
}

/** The request in a blob of the container `migration-requests`, or why there is none. */
async function loadBlob(
  blobName: string,
  {
    stores,
    maxRequestBytes,
  }: { readonly stores: IntakeServices['stores']; readonly maxRequestBytes: number },
): Promise<{ readonly body: unknown } | Reason> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await stores.requests.loadInbox(blobName, maxRequestBytes);
  } catch (error) {
    if (!(error instanceof BlobTooLargeError)) throw error;
    return {
      code: 'requestTooLarge',
      detail: `the blob that requestBlob names is larger than ${String(maxRequestBytes)} bytes`,
    };
  }
  if (bytes === undefined)
    return {
      code: 'requestBlobMissing',
      detail: 'the container migration-requests has no blob of the name that requestBlob gives',
    };
  const decoded = decodeBytes(bytes);
  if (!decoded.ok)
    return {
      code: 'notUtf8',
      detail: `the bytes of the blob that requestBlob names are ${decoded.reason}; write JSON in UTF-8`,
    };
  const body = parseJson(decoded.text);
  return body === undefined
    ? { code: 'notJson', detail: 'the blob that requestBlob names is not JSON' }
    : { body };
}
