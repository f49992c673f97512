import { z } from 'zod';
import type { ProblemField } from '../contracts/problem.ts';
import type { Rejection } from '../contracts/rejection.ts';
import { decodeBytes, parseJson, removeByteOrderMark } from '../contracts/text.ts';
import { intakePolicy } from '../domain/policies.ts';
import { BlobTooLargeError } from '../storage/blobs.ts';
import { acceptRequest, type IntakeServices } from './acceptRequest.ts';
import type { SignedIn } from './newMigration.ts';
import { recordRejection } from './rejections.ts';

/** The content of a queue message, or the reason why it cannot be read. */
export type ReadMessage =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: 'messageEmpty' | 'notJson' | 'notUtf8';
      readonly detail: string;
    };

/**
 * Reads a queue message: JSON, or base64 of JSON in UTF-8 (standard or URL-safe, with or without
 * padding and line breaks). Nested JSON strings and nested base64 are decoded too, because some
 * client libraries serialize twice and a string is never a request.
 */
export function readMessage(message: string): ReadMessage {
  let text = message;
  let encoding = '';
  // Terminates because each decoded text is shorter.
  for (;;) {
    text = removeByteOrderMark(text).trim();
    if (text === '')
      return {
        ok: false,
        code: 'messageEmpty',
        detail:
          encoding === '' ? 'the message is empty' : `the message is ${encoding} of an empty text`,
      };
    const value = parseJson(text);
    if (value !== undefined && typeof value !== 'string') return { ok: true, value };
    if (value !== undefined) {
      text = value;
      encoding = 'a JSON string';
      continue;
    }
    const bytes = decodeBase64(text);
    if (bytes === undefined)
      return {
        ok: false,
        code: 'notJson',
        detail: `the message is ${encoding === '' ? 'neither' : `${encoding} of a text that is neither`} JSON nor base64 of JSON`,
      };
    const decoded = decodeBytes(bytes);
    if (!decoded.ok)
      return {
        ok: false,
        code: 'notUtf8',
        detail: `the message is not JSON, and its bytes as base64 are ${decoded.reason}; send JSON in UTF-8`,
      };
    text = decoded.text;
    encoding = 'base64';
  }
}

/** Returns the bytes of a base64 text; undefined if the text is not base64. */
function decodeBase64(text: string): Buffer | undefined {
  // MIME breaks base64 into lines. A blank inside a line means that the text is not base64.
  const packed = text.replaceAll(/[ \t]*\r?\n[ \t]*/g, '').replace(/={1,2}$/, '');
  if (packed.length % 4 === 1 || !/^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)$/.test(packed))
    return undefined;
  return Buffer.from(packed, 'base64');
}

const requestBlobSchema = z.strictObject({ requestBlob: z.string().min(1).max(1024) });

/** The settings that accepting a message needs in addition. */
export interface MessageSettings {
  readonly maxRequestBytes: number;
  /** Whether callers of the HTTP routes are signed in. If absent, they use function keys. */
  readonly isSignInOn?: boolean;
}

/**
 * The result of a message. In both cases the message is complete and must not be delivered again.
 */
export type MessageOutcome =
  | { readonly kind: 'accepted'; readonly migrationId: string }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

interface Reason {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemField[];
}

/**
 * Accepts a message of the queue `migration-requests`: a request, or `{ "requestBlob": … }` for a
 * request above the size limit of the queue, plain or in base64. A message that can never succeed
 * is recorded as a rejection. Throws temporary errors, such as unavailable storage, so that the
 * queue delivers the message again.
 * @param replayedBy the signed-in person who replays a rejected message
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
        detail: 'the request has bad fields; errors lists each of them',
        errors: acceptance.errors,
      });
    case 'conflict':
      return reject({
        code: 'conflict',
        detail: `the name was already used for another request, migration ${acceptance.migrationId}; send the request with another name`,
      });
    case 'approvalNeedsSignIn':
      return reject({ code: acceptance.kind, detail: acceptance.detail });
    case 'usersUnavailable':
      return reject(acceptance);
  }
}

/**
 * Returns the request in a blob of the container `migration-requests`, or the reason for a
 * rejection.
 */
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
      detail: `the blob named by requestBlob is larger than ${String(maxRequestBytes)} bytes; split the request, or raise MAX_REQUEST_BYTES`,
    };
  }
  if (bytes === undefined)
    return {
      code: 'requestBlobMissing',
      detail:
        'the container migration-requests has no blob with the name in requestBlob; upload the blob before you send the message',
    };
  const decoded = decodeBytes(bytes);
  if (!decoded.ok)
    return {
      code: 'notUtf8',
      detail: `the content of the blob named by requestBlob is ${decoded.reason}; write JSON in UTF-8`,
    };
  const body = parseJson(decoded.text);
  return body === undefined
    ? {
        code: 'notJson',
        detail: 'the blob named by requestBlob is not JSON; write the migration request as JSON',
      }
    : { body };
}

/**
 * Records the messages of the queue `migration-requests-poison` as rejections, deletes them, and
 * returns their ids. Reads the queue directly instead of through a queue trigger: the host runs no
 * function for a poison message that failed five times and lets it expire after seven days, and it
 * cannot pass some messages to any function. Throws an AggregateError at the end if any message
 * failed: these stay in the queue and are read again.
 */
export async function recordPoison(
  services: Pick<IntakeServices, 'stores' | 'nowMs'>,
): Promise<readonly string[]> {
  const { poison } = services.stores;
  const recorded: string[] = [];
  const failures: unknown[] = [];
  for (let receives = 0; receives < intakePolicy.maxReceives; receives += 1) {
    const messages = await poison.receive();
    const before = recorded.length;
    for (const message of messages) {
      try {
        const { id } = await recordRejection(
          { source: 'poison', ...reasonOf(message.text), errors: [], text: message.text },
          services,
        );
        await poison.delete(message);
        recorded.push(id);
      } catch (error) {
        failures.push(error);
      }
    }
    // The queue is empty, or every message failed.
    if (recorded.length === before) break;
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${String(failures.length)} messages of the queue migration-requests-poison could not be recorded`,
    );
  return recorded;
}

function reasonOf(text: string): { readonly code: string; readonly detail: string } {
  const read = readMessage(text);
  return read.ok
    ? {
        code: 'processingFailed',
        detail:
          'the message failed at every delivery; read the reasons in the log, correct them, and replay the message',
      }
    : read;
}
