import { createHash } from 'node:crypto';

// Rises when the way in which a fingerprint is made changes; the old way then stays in `ways`.
const currentVersion = '1';
const hashOf = (body: unknown): string =>
  createHash('sha256').update(canonicalJson(body)).digest('hex');

/** How the fingerprint of a request as it was sent is made, by version. */
const ways: Readonly<Record<string, (body: unknown) => string>> = { [currentVersion]: hashOf };

/**
 * The fingerprint of a request as it was sent, `<version>-<hash>`. What a release makes of the request, such as the defaults of members that
 * are left out, has no part in it, so that a repetition has the same fingerprint in every release.
 * @param body the parsed JSON of a request that was found valid
 */
export function requestFingerprint(body: unknown): string {
  return `${currentVersion}-${hashOf(body)}`;
}

/** Whether a claim was made for this request; one whose fingerprint was made in a way that this release does not know is taken to be. */
export function isFingerprintOf(fingerprint: string, body: unknown): boolean {
  const [version = '', hash] = fingerprint.split('-');
  const way = ways[version];
  return way === undefined || hash === way(body);
}

/** JSON in which the members of objects are in the order of their names: objects with the same members have the same text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
