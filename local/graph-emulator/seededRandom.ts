import { createHash, hash } from 'node:crypto';

/** Returns a number in [0, 1) that depends on the text alone. The text stands for the seed and the occasion. */
export function seededFraction(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32BE(0) / 2 ** 32;
}

/** Returns a number within a range that depends on the text alone. */
export function seededNumber(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  return min + (max - min) * seededFraction(text);
}

/** Returns a function that creates GUIDs. The same seed gives the same sequence. */
export function seededIds(seed: string): () => string {
  let count = 0;
  return () => {
    const hex = createHash('sha256')
      .update(`${seed} ${String((count += 1))}`)
      .digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
