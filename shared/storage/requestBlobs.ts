import { RestError } from '@azure/core-rest-pipeline';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { requestedUserSchema } from '../contracts/usersRequest.ts';
import { isBlobName } from './blobName.ts';
import { BlobTooLargeError } from './blobTooLargeError.ts';
import type { KeptRequests } from './keptRequests.ts';
import { parseStored } from './parseStored.ts';
import { largestBytes, timeLimit } from './storageLimits.ts';
import type { RequestStore } from './stores.ts';

const addedSchema = z.array(requestedUserSchema);

/** Accepted requests, users that were added later, and what callers leave as blobs because it is too large for the queue. */
export function requestBlobs(
  kept: KeptRequests,
  requests: ContainerClient,
  inbox: ContainerClient,
): RequestStore {
  return {
    load: (migrationId) => kept.load(migrationId),
    async saveAdded(migrationId, commandId, users) {
      const data = Buffer.from(JSON.stringify(users));
      await requests
        .getBlockBlobClient(`${migrationId}.${commandId}.json`)
        .uploadData(data, {
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
      const blob = inbox.getBlobClient(blobName);
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
