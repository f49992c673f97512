import type { CatalogueEntry } from './catalogueEntry.ts';
import { engineErrors } from './engineErrors.ts';
import { exchangeErrors } from './exchangeErrors.ts';
import { graphErrors } from './graphErrors.ts';
import { meetingErrors } from './meetingErrors.ts';
import { ownErrors } from './ownErrors.ts';
import { sharePointMoveErrors } from './sharePointMoveErrors.ts';
import { sharePointTenantErrors } from './sharePointTenantErrors.ts';
import { teamsErrors } from './teamsErrors.ts';

/** Every code that is known, by family, in the order in which people read about them. */
export const errorCatalogue = {
  engine: engineErrors,
  exchange: exchangeErrors,
  teams: teamsErrors,
  meetings: meetingErrors,
  sharePointTenant: sharePointTenantErrors,
  sharePointMove: sharePointMoveErrors,
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
