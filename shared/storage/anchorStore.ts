import type { AuditAnchor } from '../contracts/auditEvent.ts';

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
