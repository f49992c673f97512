/** A migration's id: the name in readable form and the hash of the caller's key, so that the same key gives the same id. */
export function migrationIdFor(name: string, keyHash: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return `${slug}-${keyHash.slice(0, 10)}`;
}
