import type { CatalogueEntry } from './catalogueEntry.ts';
import { codeFamilies, unpublishedCode } from './codeFamilies.ts';
import { engineErrors } from './engineErrors.ts';
import { graphErrors } from './graphErrors.ts';
import { ownErrors } from './ownErrors.ts';
import { sharePointTaskErrors, sharePointTenantErrors } from './sharePointErrors.ts';
import { exchangeErrors, meetingErrors, teamsErrors } from './workloadErrors.ts';

/** Every code that is known, by family, in the order in which people read about them. */
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

/** An entry with its code in the published spelling. */
export interface KnownError extends CatalogueEntry {
  readonly code: string;
}

/** Every code that is known, under its name in lower case. */
export const knownErrors: ReadonlyMap<string, KnownError> = new Map(
  Object.values(errorCatalogue)
    .flatMap((family) => Object.entries<CatalogueEntry>(family))
    .map(([code, entry]) => [code.toLowerCase(), { code, ...entry }]),
);

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
    codeFamilies.find(({ prefix }) => key.startsWith(prefix.toLowerCase())) ?? unpublishedCode;
  return { code, known: false, meaning, whoCanFix, retry, scope, step };
}

const ofGraph = new Set(Object.keys(errorCatalogue.graph).map((code) => code.toLowerCase()));
const byStatus: Readonly<Record<number, string>> = {
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
 * The code that tells most of a refusal. `codes` go from the most general to the most specific: the most specific one that an
 * engine publishes, else the most specific one that Graph does, else the most specific one; without any, what the
 * HTTP status stands for. A 501 of the SharePoint operations means that both tenants are on the same farm.
 */
export function refusalCode({
  httpStatus,
  codes,
}: {
  readonly httpStatus: number;
  readonly codes: readonly string[];
}): string {
  const known = codes.filter((code) => knownErrors.has(code.toLowerCase()));
  const ofEngine = known.findLast((code) => !ofGraph.has(code.toLowerCase()));
  if (ofEngine !== undefined) return ofEngine;
  if (httpStatus === 501) return 'MnAPartnersOnTheSameFarm';
  return known.at(-1) ?? codes.at(-1) ?? byStatus[httpStatus] ?? 'NoCode';
}
