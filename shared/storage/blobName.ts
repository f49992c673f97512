const maxChars = 1_024;
const maxSegments = 254;

/**
 * Whether a container can hold a blob of this name (Blob service: naming and referencing containers, blobs and metadata).
 * A segment `.` or `..` is refused as well: in an address it would mean another container. A backslash separates segments
 * there, too.
 */
export function isBlobName(name: string): boolean {
  const segments = name.split(/[\\/]/);
  return (
    name.length >= 1 &&
    name.length <= maxChars &&
    segments.length <= maxSegments &&
    name.isWellFormed() &&
    !/\p{Cc}/u.test(name) &&
    !segments.some((segment) => segment === '.' || segment === '..')
  );
}
