import { createHash } from 'node:crypto';

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
