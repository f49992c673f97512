import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { sourceKey } from '../domain/sharePointSource.ts';
import { contentHash } from './contentHash.ts';

/** The id of a SharePoint task: a GUID of version 8 (RFC 9562) over its source, so that the same source always has the same. */
export function moveId(parameters: SharePointParameters): string {
  const hash = contentHash(sourceKey(parameters));
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
