import type { FailureScope, RetryKind, WhoCanFix } from '../../contracts/task.ts';

/** The explanation of an error code. `meaning` and `step` are the app's texts, not Microsoft's. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly whoCanFix: WhoCanFix;
  readonly retry: RetryKind;
  readonly scope: FailureScope;
  /** What the reader must do. */
  readonly step: string;
}

/** A family of codes in their published spelling. */
export type CatalogueFamily = Readonly<Record<string, CatalogueEntry>>;
