import { z } from 'zod';
import type { ProblemField } from '../contracts/problem.ts';
import type { Rejection } from '../contracts/rejection.ts';
import { decodeBytes, decodeText, parseJson } from '../domain/text.ts';
import { BlobTooLargeError } from '../storage/requests.ts';
import { acceptRequest, type IntakeServices } from './acceptRequest.ts';
import type { SignedIn } from './newMigration.ts';
import { recordRejection } from './rejections.ts';

/** What a queue message holds, or why it cannot be read. */
export type ReadMessage =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: 'messageEmpty' | 'notJson' | 'notUtf8';
      readonly detail: string;
    };

/**
 * Reads the text of a queue message: as JSON, or else as base64 of JSON in UTF-8, standard or URL-safe, with or without padding
 * and line breaks. A JSON string, and base64 of base64, are unpacked: senders whose library serialises a second time send these,
 * and a string is never a request.
 */
export function readMessage(message: string): ReadMessage {
  let text = message;
  let within = '';
  // Ends: what is unpacked is shorter each time.
  for (;;) {
    text = decodeText(text).trim();
    if (text === '')
      return {
        ok: false,
        code: 'messageEmpty',
        detail:
          within === '' ? 'the message is empty' : `the message is ${within} of an empty text`,
      };
    const value = parseJson(text);
    if (value !== undefined && typeof value !== 'string') return { ok: true, value };
    if (value !== undefined) {
      text = value;
      within = 'a JSON string';
      continue;
    }
    const bytes = unpackedBase64(text);
    if (bytes === undefined)
      return {
        ok: false,
        code: 'notJson',
        detail: `the message is ${within === '' ? 'neither' : `${within} of a text that is neither`} JSON nor base64 of JSON`,
      };
    const decoded = decodeBytes(bytes);
    if (!decoded.ok)
      return {
        ok: false,
        code: 'notUtf8',
        detail: `the message is not JSON, and as base64 its bytes are ${decoded.reason}; send JSON in UTF-8`,
      };
    text = decoded.text;
    within = 'base64';
  }
}

/** The bytes that a text of base64 stands for; undefined when it is none. */
function unpackedBase64(text: string): Buffer | undefined {
  // MIME breaks lines; a blank inside a line belongs to a sentence.
  const packed = text.replaceAll(/[ \t]*\r?\n[ \t]*/g, '').replace(/={1,2}$/, '');
  if (packed.length % 4 === 1 || !/^(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)$/.test(packed))
    return undefined;
  return Buffer.from(packed, 'base64');
}

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
    case 'usersUnavailable':
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

// A queue that somebody fills faster than this is emptied by the next runs.
const maxReceives = 50;

/**
 * Puts the messages of the queue `migration-requests-poison` on record as rejected, deletes them, and returns their ids. Reads the
 * queue itself instead of by a queue trigger: the host has no further queue behind this one, runs no function for a message after
 * its fifth failure, and lets it expire after seven days; and there are messages that it cannot hand to any function. Throws an
 * AggregateError after the last one where it failed for any: these stay in the queue and come again.
 */
export async function recordPoison(
  services: Pick<IntakeServices, 'stores' | 'nowMs'>,
): Promise<readonly string[]> {
  const { poison } = services.stores;
  const recorded: string[] = [];
  const failures: unknown[] = [];
  for (let receives = 0; receives < maxReceives; receives += 1) {
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
    // Nothing is left, or nothing works.
    if (recorded.length === before) break;
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${String(failures.length)} messages of the poison queue could not be put on record`,
    );
  return recorded;
}

function reasonOf(text: string): { readonly code: string; readonly detail: string } {
  const read = readMessage(text);
  return read.ok
    ? {
        code: 'processingFailed',
        detail:
          'the message failed at every delivery; the log has the reasons; replay it when they are solved',
      }
    : read;
}
