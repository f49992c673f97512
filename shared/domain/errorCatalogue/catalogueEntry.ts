import type { FailureScope, RetryKind, WhoCanFix } from '../../contracts/task.ts';

/** What is known of one error code. `meaning` and `step` are our own words. */
export interface CatalogueEntry {
  readonly meaning: string;
  readonly whoCanFix: WhoCanFix;
  readonly retry: RetryKind;
  readonly scope: FailureScope;
  /** What to do, for the person who reads the list. */
  readonly step: string;
}

/** A family of codes, by their published spelling. */
export type CatalogueFamily = Readonly<Record<string, CatalogueEntry>>;
