/** A copy of something that JSON can hold, so that its keeper and its reader never change what the other has. */
export function copied<T>(value: T): T {
  // What an array or an object of JSON is copied to is one of the same shape.
  if (Array.isArray(value)) return value.map(copied) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = { ...value };
  for (const key in copy) if (typeof copy[key] === 'object') copy[key] = copied(copy[key]);
  return copy;
}
