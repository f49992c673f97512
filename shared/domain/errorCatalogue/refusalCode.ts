import { errorCatalogue, knownErrors } from './errorCatalogue.ts';

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
