/** The address of a migration on the host, and under the prefix, that a request has come to. */
export function migrationUrl(requestUrl: string, migrationId: string): string {
  const { origin, pathname } = new URL(requestUrl);
  return `${origin}${pathname.replace(/\/(migrations|rejections)(\/.*)?$/i, '')}/migrations/${migrationId}`;
}
