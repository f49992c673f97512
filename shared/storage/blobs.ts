import { RestError } from '@azure/core-rest-pipeline';
import type { AppendBlobClient, ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import type { AuditAnchor } from '../contracts/audit.ts';
import {
  type MigrationRequest,
  type RequestedUser,
  requestedUserSchema,
} from '../contracts/request.ts';
import { groupCommit, largestBytes, timeLimit } from './calls.ts';
import { parseStored } from './rows.ts';

export interface RequestStore {
  /** Loads the request of a migration. Throws if there is none. */
  load(migrationId: string): Promise<MigrationRequest>;
  /** Stores the users that a command adds to a migration. */
  saveAdded(migrationId: string, commandId: string, users: readonly RequestedUser[]): Promise<void>;
  /** Throws when there are none. */
  loadAdded(migrationId: string, commandId: string): Promise<readonly RequestedUser[]>;
  /** Stores the ids of the tasks that an approval request covers. */
  saveApproved(migrationId: string, approvalId: string, taskIds: readonly string[]): Promise<void>;
  /** Throws when there are none. */
  loadApproved(migrationId: string, approvalId: string): Promise<readonly string[]>;
  /**
   * Loads a request that a caller uploaded to the container `migration-requests` because it is too
   * large for the queue. Returns undefined if there is no such blob or the name is invalid. Throws
   * a BlobTooLargeError above `maxBytes`.
   */
  loadInbox(blobName: string, maxBytes: number): Promise<Uint8Array | undefined>;
}

const maxChars = 1_024;
const maxSegments = 254;

/**
 * Returns true if a name is a valid blob name (Blob service: naming and referencing containers,
 * blobs and metadata). Segments `.` and `..` are rejected because they would address another
 * container. A backslash separates segments too.
 */
export function isBlobName(name: string): boolean {
  const segments = name.split(/[\\/]/);
  return (
    name.length >= 1 &&
    name.length <= maxChars &&
    segments.length <= maxSegments &&
    name.isWellFormed() &&
    !/\p{Cc}/u.test(name) &&
    !segments.some((segment) => segment === '.' || segment === '..')
  );
}

/** A blob is larger than the caller allows. */
export class BlobTooLargeError extends Error {
  override readonly name = 'BlobTooLargeError';

  constructor(blobName: string, maxBytes: number) {
    super(`the blob ${blobName} is larger than ${String(maxBytes)} bytes`);
  }
}

const addedSchema = z.array(requestedUserSchema);

/**
 * Creates the store of requests, of users that commands add, of approved tasks, and of uploaded
 * requests.
 */
export function requestBlobs(
  stored: Pick<RequestStore, 'load'>,
  requests: ContainerClient,
  requestUploads: ContainerClient,
): RequestStore {
  return {
    load: (migrationId) => stored.load(migrationId),
    async saveAdded(migrationId, commandId, users) {
      const data = Buffer.from(JSON.stringify(users));
      await requests.getBlockBlobClient(`${migrationId}.${commandId}.json`).uploadData(data, {
        blobHTTPHeaders: { blobContentType: 'application/json' },
        abortSignal: timeLimit(data.length),
      });
    },
    async loadAdded(migrationId, commandId) {
      const data = await requests
        .getBlobClient(`${migrationId}.${commandId}.json`)
        .downloadToBuffer(0, undefined, { abortSignal: timeLimit(largestBytes) });
      return parseStored(addedSchema, JSON.parse(data.toString('utf8')));
    },
    async saveApproved(migrationId, approvalId, taskIds) {
      const data = Buffer.from(JSON.stringify(taskIds));
      await requests
        .getBlockBlobClient(`${migrationId}.approval-${approvalId}.json`)
        .uploadData(data, {
          blobHTTPHeaders: { blobContentType: 'application/json' },
          abortSignal: timeLimit(data.length),
        });
    },
    async loadApproved(migrationId, approvalId) {
      const data = await requests
        .getBlobClient(`${migrationId}.approval-${approvalId}.json`)
        .downloadToBuffer(0, undefined, { abortSignal: timeLimit(largestBytes) });
      return parseStored(z.array(z.string()), JSON.parse(data.toString('utf8')));
    },
    async loadInbox(blobName, maxBytes) {
      if (!isBlobName(blobName)) return undefined;
      const blob = requestUploads.getBlobClient(blobName);
      try {
        const { contentLength = 0, etag } = await blob.getProperties({ abortSignal: timeLimit() });
        if (contentLength > maxBytes) throw new BlobTooLargeError(blobName, maxBytes);
        if (contentLength === 0) return new Uint8Array();
        // The size is only valid for this version of the blob.
        return await blob.downloadToBuffer(0, contentLength, {
          abortSignal: timeLimit(contentLength),
          ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
        });
      } catch (error) {
        if (error instanceof RestError && error.statusCode === 404) return undefined;
        throw error;
      }
    },
  };
}

/** A blob of the container `audit-anchors`: one anchor per line, as JSON. */
export interface AnchorBlob {
  readonly name: string;
  readonly text: string;
}

/**
 * The anchors of the audit trail, stored outside of its table. Any number of instances append to
 * them.
 */
export interface AnchorStore {
  /**
   * Appends a line to the blob of the month of the anchor. After a crash the same line may exist
   * twice.
   */
  append(anchor: AuditAnchor): Promise<void>;
  /** Returns all blobs in the order of their names. */
  list(): Promise<readonly AnchorBlob[]>;
}

// One append can hold 4 MiB; a line has about 200 bytes.
const maxLinesPerAppend = 1_000;

/**
 * Returns the name of a blob, such as `2026-11.jsonl`. When it is full, `2026-11-2.jsonl` follows.
 */
export const anchorBlobName = (month: string, part: number): string =>
  `${month}${part === 1 ? '' : `-${String(part)}`}.jsonl`;

/** Returns the month of an anchor, such as `2026-11`. */
export const anchorMonth = ({ at }: AuditAnchor): string => at.slice(0, 7);

/** Returns an anchor as a line of JSON. */
export const anchorLine = ({ migrationId, sequence, hash, at }: AuditAnchor): string =>
  `${JSON.stringify({ migrationId, sequence, hash, at })}\n`;

/**
 * Creates the anchor store in the container `audit-anchors`: append blobs, one per month. No blob
 * is ever changed or deleted, so the container can have a time-based immutability policy that
 * allows appends. Storage serializes the appended blocks of all writers.
 */
export function anchorBlobs(container: ContainerClient): AnchorStore {
  // An append blob can hold 50,000 blocks. The current part of a month is found by trying.
  const parts = new Map<string, number>();
  const append = groupCommit<AuditAnchor>(maxLinesPerAppend, async (month, anchors) => {
    const lines = anchors.map(anchorLine).join('');
    for (let part = parts.get(month) ?? 1; ; part += 1) {
      parts.set(month, part);
      if (await appendLines(container.getAppendBlobClient(anchorBlobName(month, part)), lines))
        return;
    }
  });
  return {
    append: (anchor) => append(anchorMonth(anchor), anchor),
    async list() {
      const names: string[] = [];
      for await (const { name } of container.listBlobsFlat()) names.push(name);
      return Promise.all(
        names.sort().map(async (name) => ({
          name,
          text: (await container.getBlobClient(name).downloadToBuffer()).toString('utf8'),
        })),
      );
    },
  };
}

/** Appends to a blob, and creates it if it is missing. Returns false if the blob is full. */
async function appendLines(blob: AppendBlobClient, lines: string): Promise<boolean> {
  const append = () =>
    blob.appendBlock(lines, Buffer.byteLength(lines), {
      abortSignal: timeLimit(Buffer.byteLength(lines)),
    });
  try {
    try {
      await append();
    } catch (error) {
      if (!isRefusal(error, 404, 'BlobNotFound')) throw error;
      await createIfAbsent(blob);
      await append();
    }
    return true;
  } catch (error) {
    if (isRefusal(error, 409, 'BlockCountExceedsLimit', 'BlobIsSealed')) return false;
    throw error;
  }
}

/** Creates the blob if it does not exist: an unconditional create would empty it. */
async function createIfAbsent(blob: AppendBlobClient): Promise<void> {
  try {
    await blob.create({
      conditions: { ifNoneMatch: '*' },
      blobHTTPHeaders: { blobContentType: 'application/jsonl; charset=utf-8' },
      abortSignal: timeLimit(),
    });
  } catch (error) {
    // Another instance created the blob first. With an immutability policy the error code differs,
    // but the status is the same.
    if (!(error instanceof RestError) || error.statusCode !== 409) throw error;
  }
}

function isRefusal(error: unknown, status: number, ...codes: readonly string[]): boolean {
  return (
    error instanceof RestError &&
    error.statusCode === status &&
    error.code !== undefined &&
    codes.includes(error.code)
  );
}
