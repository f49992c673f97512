import { hash } from 'node:crypto';

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
