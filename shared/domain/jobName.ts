/**
 * The `displayName` of a batch's job. It is unique in the tenant and says by itself whose job it is: the same batch with
 * the same content always has the same name, so that a job can be found again after a doubtful create. Graph documents
 * neither length nor characters; 64 of `[A-Za-z0-9_.-]` are safe.
 * @param contentHash hex digits over migration, batch and membership
 */
export function jobName(parts: {
  name: string;
  batchId: string;
  attempt: number;
  contentHash: string;
}): string {
  const prefix = parts.name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').slice(0, 32);
  return `${prefix}-${parts.batchId}-a${String(parts.attempt)}-${parts.contentHash.slice(0, 12)}`;
}
