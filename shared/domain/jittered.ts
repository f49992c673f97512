/**
 * Seconds a fifth more or less than `seconds`, at least one: by `key`, so that many waits do not end at once and each is the same on every
 * replay.
 */
export function jittered(seconds: number, key: string): number {
  return Math.max(1, Math.round(seconds * (0.8 + 0.4 * spread(key))));
}

/** A number in [0, 1) that is the same for the same text (FNV-1a). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
