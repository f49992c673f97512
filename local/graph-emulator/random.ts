import { createHash, hash } from 'node:crypto';

/** A number in [0, 1) that is the same for the same text. */
export function chance(text: string): number {
  return hash('sha256', text, 'buffer').readUInt32BE(0) / 2 ** 32;
}

/** A number in a range, drawn by a text that stands for the seed and the occasion. */
export function drawn(
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  return min + (max - min) * chance(text);
}

/** GUIDs that are the same for the same seed, one after the other. */
export function seededIds(seed: string): () => string {
  let count = 0;
  return () => {
    const hex = createHash('sha256')
      .update(`${seed} ${String((count += 1))}`)
      .digest('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  };
}
