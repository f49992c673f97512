import { RestError } from '@azure/core-rest-pipeline';
import type { AppendBlobClient, ContainerClient } from '@azure/storage-blob';
import type { AuditAnchor } from '../contracts/audit.ts';
import { groupCommit } from './concurrentWrites.ts';
import { timeLimit } from './limits.ts';

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
