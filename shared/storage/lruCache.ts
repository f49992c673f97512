/** A cache with a limit that evicts the least recently used values first. */
export interface LruCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

/**
 * Creates a cache.
 * @param most the maximum total weight
 * @param weightOf returns the weight of a value
 */
export function lruCache<Value>(
  most: number,
  weightOf: (value: Value) => number = () => 1,
): LruCache<Value> {
  const values = new Map<string, Value>();
  let weight = 0;
  const remove = (key: string): void => {
    const value = values.get(key);
    if (value === undefined) return;
    values.delete(key);
    weight -= weightOf(value);
  };
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      remove(key);
      values.set(key, value);
      weight += weightOf(value);
      for (const oldest of values.keys()) {
        if (weight <= most) return;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
