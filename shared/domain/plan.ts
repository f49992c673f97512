/** The id of the batch at `index`, counted from 0: `b001`, `b002`, … */
export function batchIdAt(index: number): string {
  return `b${String(index + 1).padStart(3, '0')}`;
}

/** Splits users into batches of at most `batchSize`, in their order. */
export function splitIntoBatches<User>(
  users: readonly User[],
  batchSize: number,
): readonly { readonly batchId: string; readonly users: readonly User[] }[] {
  const batches = [];
  for (let start = 0; start < users.length; start += batchSize) {
    batches.push({
      batchId: batchIdAt(batches.length),
      users: users.slice(start, start + batchSize),
    });
  }
  return batches;
}
