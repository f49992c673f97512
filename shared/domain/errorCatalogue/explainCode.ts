import type { CatalogueEntry } from './catalogueEntry.ts';
import { codeFamilies, strangeCode } from './codeFamilies.ts';
import { knownErrors } from './errorCatalogue.ts';

/** What there is to say of a code; `known` is false where its beginning, or nothing at all, had to do. */
export interface Explanation extends CatalogueEntry {
  /** In the published spelling where the code is known, else as it came; `NoCode` where none came. */
  readonly code: string;
  readonly known: boolean;
}

/**
 * Explains an error code as a service reports it, in whatever case; never fails. Blank text stands for no code at all,
 * which Graph allows.
 */
export function explainCode(reported: string): Explanation {
  const code = reported.trim() === '' ? 'NoCode' : reported.trim();
  const key = code.toLowerCase();
  const found = knownErrors.get(key);
  if (found !== undefined) return { ...found, known: true };
  const { meaning, whoCanFix, retry, scope, step } =
    codeFamilies.find(({ prefix }) => key.startsWith(prefix.toLowerCase())) ?? strangeCode;
  return { code, known: false, meaning, whoCanFix, retry, scope, step };
}
