import type { CatalogueEntry } from './catalogueEntry.ts';
import { codeFamilies, unpublishedCode } from './codeFamilies.ts';
import { engineErrors, graphErrors } from './graphErrors.ts';
import { ownErrors } from './ownErrors.ts';
import { sharePointTaskErrors, sharePointTenantErrors } from './sharePointErrors.ts';
import { exchangeErrors, meetingErrors, teamsErrors } from './workloadErrors.ts';

/** The known codes by family, in the order of the documentation page. */
export const errorCatalogue = {
  engine: engineErrors,
  exchange: exchangeErrors,
  teams: teamsErrors,
  meetings: meetingErrors,
  sharePointTenant: sharePointTenantErrors,
  sharePointTask: sharePointTaskErrors,
  graph: graphErrors,
  own: ownErrors,
} as const;

/** A catalogue entry with its code in the published spelling. */
export interface KnownError extends CatalogueEntry {
  readonly code: string;
}

/** The known errors by their code in lower case. */
export const knownErrors: ReadonlyMap<string, KnownError> = new Map(
  Object.values(errorCatalogue)
    .flatMap((family) => Object.entries<CatalogueEntry>(family))
    .map(([code, entry]) => [code.toLowerCase(), { code, ...entry }]),
);

/**
 * The explanation of a reported code. `known` is false if it comes from the code's prefix or is
 * generic.
 */
export interface Explanation extends CatalogueEntry {
  /**
   * In the published spelling if the code is known, else as reported. `NoCode` if none was
   * reported.
   */
  readonly code: string;
  readonly known: boolean;
}

/** Explains an error code, in any case. A blank text stands for no code, which Graph allows. */
export function explainCode(reported: string): Explanation {
  const code = reported.trim() === '' ? 'NoCode' : reported.trim();
  const key = code.toLowerCase();
  const found = knownErrors.get(key);
  if (found !== undefined) return { ...found, known: true };
  const { meaning, whoCanFix, retry, scope, step } =
    codeFamilies.find(({ prefix }) => key.startsWith(prefix.toLowerCase())) ?? unpublishedCode;
  return { code, known: false, meaning, whoCanFix, retry, scope, step };
}

const graphCodes = new Set(Object.keys(errorCatalogue.graph).map((code) => code.toLowerCase()));
const codesByStatus: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'unauthenticated',
  403: 'accessDenied',
  404: 'itemNotFound',
  409: 'Conflict',
  422: 'BadArgument',
  429: 'TooManyRequests',
  503: 'serviceNotAvailable',
};

/**
 * Returns the most informative code of a rejected call: the most specific one of the engine, else
 * of Graph, else the most specific one of all, else the code for the HTTP status. `codes` go from
 * the most general to the most specific. A 501 of the SharePoint operations means that both tenants
 * are on the same farm.
 */
export function refusalCode({
  httpStatus,
  codes,
}: {
  readonly httpStatus: number;
  readonly codes: readonly string[];
}): string {
  const known = codes.filter((code) => knownErrors.has(code.toLowerCase()));
  const engineCode = known.findLast((code) => !graphCodes.has(code.toLowerCase()));
  if (engineCode !== undefined) return engineCode;
  if (httpStatus === 501) return 'MnAPartnersOnTheSameFarm';
  return known.at(-1) ?? codes.at(-1) ?? codesByStatus[httpStatus] ?? 'NoCode';
}
