import type { TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { type MigrationRequest, migrationRequestSchema } from '../contracts/migrationRequest.ts';
import { migrationKey, placeKey } from './migrationKey.ts';
import { parseStored } from './parseStored.ts';
import { findRow, fromRow, maxColumnChars } from './rows.ts';
import { largestBytes, timeLimit } from './storageLimits.ts';
import type { Claim } from './stores.ts';

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
export interface KeptRequests {
  prepare(
    claim: Pick<Claim, 'migrationId' | 'fingerprint'>,
    request: MigrationRequest,
  ): PreparedRequest;
  /** Throws when there is none. */
  load(migrationId: string): Promise<MigrationRequest>;
}

/** Accepted requests in the table `migrations` and the container `requests`. */
export function keptRequests(table: TableClient, blobs: ContainerClient): KeptRequests {
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
          : await findRow(table, placeKey({ id: migrationId, ...acceptedSchema.parse(migration) }));
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
