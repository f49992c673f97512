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

const acceptedSchema = z.object({ acceptedAt: z.string() });
const rowSchema = z.object({
  request: migrationRequestSchema.nullable(),
  blobName: z.string().nullable(),
});

/** A request that is ready to be stored. */
export interface PreparedRequest {
  /** Columns of the list entry: the request, or the name of its blob. */
  readonly columns: { readonly request: MigrationRequest } | { readonly blobName: string };
  /**
   * Present if a row cannot hold the request: upload it before the row is written, and discard it
   * if the row is not written.
   */
  readonly blob?: { readonly upload: () => Promise<void>; readonly discard: () => Promise<void> };
}

/**
 * The storage of accepted requests: small ones in their list entry, large ones in a blob that the
 * entry names.
 */
export interface StoredRequests {
  prepare(
    claim: Pick<Claim, 'migrationId' | 'fingerprint'>,
    request: MigrationRequest,
  ): PreparedRequest;
  /** Throws if there is none. */
  load(migrationId: string): Promise<MigrationRequest>;
}

/**
 * Creates the storage of accepted requests in the table `migrations` and the container `requests`.
 */
export function storedRequests(table: TableClient, blobs: ContainerClient): StoredRequests {
  return {
    prepare({ migrationId, fingerprint }, request) {
      const text = JSON.stringify(request);
      if (text.length <= maxColumnChars) return { columns: { request } };
      // The name depends on the content, so a concurrent request with another body overwrites
      // nothing.
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
      if (row === undefined) throw new Error(`the request of ${migrationId} does not exist`);
      const { request, blobName } = fromRow(rowSchema, row);
      if (request !== null) return request;
      if (blobName === null)
        throw new Error(`the request of ${migrationId} is neither in its row nor in a blob`);
      const data = await blobs
        .getBlobClient(blobName)
        .downloadToBuffer(0, undefined, { abortSignal: timeLimit(largestBytes) });
      return parseStored(migrationRequestSchema, JSON.parse(data.toString('utf8')));
    },
  };
}

const addedSchema = z.array(requestedUserSchema);

/**
 * Creates the store of requests, of users that commands add, of approved tasks, and of uploaded
 * requests.
 */
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
