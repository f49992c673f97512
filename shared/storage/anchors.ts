import { RestError } from '@azure/core-rest-pipeline';
import type { AppendBlobClient, ContainerClient } from '@azure/storage-blob';
import type { AuditAnchor } from '../contracts/audit.ts';
import { groupCommit } from './groupCommit.ts';
import { timeLimit } from './limits.ts';

/** A blob of the container `audit-anchors`: one anchor a line, as JSON. */
export interface AnchorBlob {
  readonly name: string;
  readonly text: string;
}

/** The anchors of the audit trail, outside of the table that they speak for: only ever appended to, by any number of instances. */
export interface AnchorStore {
  /** Appends a line to the blob of the anchor's month. The same line may be there twice. */
  append(anchor: AuditAnchor): Promise<void>;
  /** All blobs, in the order of their names. */
  list(): Promise<readonly AnchorBlob[]>;
}

// One append takes 4 MiB; a line is some 200 bytes.
const maxLinesPerAppend = 1_000;

/** The blob of a month, such as `2026-11.jsonl`; one that is full is followed by `2026-11-2.jsonl`. */
export const anchorBlobName = (month: string, part: number): string =>
  `${month}${part === 1 ? '' : `-${String(part)}`}.jsonl`;

/** The month of an anchor, such as `2026-11`. */
export const anchorMonth = ({ at }: AuditAnchor): string => at.slice(0, 7);

/** An anchor as a line. */
export const anchorLine = ({ migrationId, sequence, hash, at }: AuditAnchor): string =>
  `${JSON.stringify({ migrationId, sequence, hash, at })}\n`;

/**
 * The container `audit-anchors`: append blobs, one a month. Lines are only ever appended, so that a time-based immutability policy that
 * allows appends may be on the container: nothing here changes or deletes a blob. Storage appends whole blocks one after the other,
 * whoever sends them.
 */
export function anchorBlobs(container: ContainerClient): AnchorStore {
  // An append blob takes 50,000 blocks. Which one a month has come to is found by trying.
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

/** Appends to a blob, which is created where it is missing; false when it takes nothing more. */
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

/** Creates the blob only if there is none: an unconditional create would empty it. */
async function createIfAbsent(blob: AppendBlobClient): Promise<void> {
  try {
    await blob.create({
      conditions: { ifNoneMatch: '*' },
      blobHTTPHeaders: { blobContentType: 'application/jsonl; charset=utf-8' },
      abortSignal: timeLimit(),
    });
  } catch (error) {
    // Another instance was quicker. A container with an immutability policy says so in other words, with the same status.
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
