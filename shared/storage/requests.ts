import { RestError } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import {
  type MigrationRequest,
  migrationRequestSchema,
  requestedUserSchema,
} from '../contracts/request.ts';
import { parseStored } from './encoding.ts';
import { migrationKey, listKey } from './keys.ts';
import { largestBytes, timeLimit } from './limits.ts';
import type { Claim, RequestStore } from './stores.ts';
import { findRow, fromRow, maxColumnChars } from './table.ts';

const maxChars = 1_024;
const maxSegments = 254;

/**
 * Whether a container can hold a blob of this name (Blob service: naming and referencing containers, blobs and metadata).
 * A segment `.` or `..` is refused as well: in an address it would mean another container. A backslash separates segments
 * there, too.
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

/** A blob is larger than the caller allows; nothing of it was kept. */
export class BlobTooLargeError extends Error {
  override readonly name = 'BlobTooLargeError';

  constructor(blobName: string, maxBytes: number) {
    super(`the blob ${blobName} is larger than ${String(maxBytes)} bytes`);
  }
}

const acceptedSchema = z.object({ acceptedAt: z.string() });
const rowSchema = z.object({
  request: migrationRequestSchema.nullable(),
  blobName: z.string().nullable(),
});

/** A request on its way into storage. */
export interface PreparedRequest {
  /** To be written with the place in the list: the request, or in which blob it lies. */
  readonly columns: { readonly request: MigrationRequest } | { readonly blobName: string };
  /** Of a request that a row cannot hold: to be uploaded before the row is written, and discarded when the row never will be. */
  readonly blob?: { readonly upload: () => Promise<void>; readonly discard: () => Promise<void> };
}

/** Where accepted requests lie: a small one with its migration's place in the list, a large one as a blob that is named there. */
export interface StoredRequests {
  prepare(
    claim: Pick<Claim, 'migrationId' | 'fingerprint'>,
    request: MigrationRequest,
  ): PreparedRequest;
  /** Throws when there is none. */
  load(migrationId: string): Promise<MigrationRequest>;
}

/** Accepted requests in the table `migrations` and the container `requests`. */
export function storedRequests(table: TableClient, blobs: ContainerClient): StoredRequests {
  return {
    prepare({ migrationId, fingerprint }, request) {
      const text = JSON.stringify(request);
      if (text.length <= maxColumnChars) return { columns: { request } };
      // Another body has another name: whoever comes too late with it overwrites nothing.
      const blobName = `${migrationId}.${fingerprint}.json`;
      const blob = blobs.getBlockBlobClient(blobName);
      return {
        columns: { blobName },
        blob: {
          async upload() {
            await blob.uploadData(Buffer.from(text), {
              blobHTTPHeaders: { blobContentType: 'application/json' },
              abortSignal: timeLimit(text.length),
            });
          },
          async discard() {
            await blob.deleteIfExists({ abortSignal: timeLimit() });
          },
        },
      };
    },
    async load(migrationId) {
      const migration = await findRow(table, migrationKey('migration', migrationId), [
        'acceptedAt',
      ]);
      const row =
        migration === undefined
          ? undefined
          : await findRow(table, listKey({ id: migrationId, ...acceptedSchema.parse(migration) }));
      if (row === undefined) throw new Error(`there is no request of ${migrationId}`);
      const { request, blobName } = fromRow(rowSchema, row);
      if (request !== null) return request;
      if (blobName === null) throw new Error(`the request of ${migrationId} is no longer there`);
      const data = await blobs
        .getBlobClient(blobName)
        .downloadToBuffer(0, undefined, { abortSignal: timeLimit(largestBytes) });
      return parseStored(migrationRequestSchema, JSON.parse(data.toString('utf8')));
    },
  };
}

const addedSchema = z.array(requestedUserSchema);

/** Accepted requests, users that were added later, and what callers leave as blobs because it is too large for the queue. */
export function requestBlobs(
  stored: StoredRequests,
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
        // The size holds only for the version that was looked at.
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
