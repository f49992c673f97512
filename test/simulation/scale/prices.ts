import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { storageKinds, type StorageKind } from './storageRequests.ts';

// Null: the operator has not looked this one up.
const price = z
  .number('must be a price, or null where there is none')
  .min(0)
  .nullable()
  .default(null);

/** What an operator pays, as his own price list has it; the app knows no prices. */
export const pricesSchema = z.strictObject({
  currency: z.string().min(1),
  /** For 10,000 requests of each kind. */
  per10000: z.strictObject({
    tableReads: price,
    tableQueries: price,
    tableWrites: price,
    tableBatches: price,
    blobReads: price,
    blobWrites: price,
    queueMessages: price,
  }),
  /** For a million executions of functions: activities, turns of orchestrators, triggers. */
  perMillionExecutions: price,
});
export type Prices = z.infer<typeof pricesSchema>;

/** What one kind of operation comes to; null where no price is given. */
export interface CostLine {
  readonly what: StorageKind | 'executions';
  readonly count: number;
  readonly cost: number | null;
}

/** What quantities cost at these prices, or what they are where there are none. */
export function costLines(
  counts: Readonly<Record<CostLine['what'], number>>,
  prices: Prices | null,
): readonly CostLine[] {
  const at = (what: CostLine['what'], unit: number, of: number | null | undefined): CostLine => ({
    what,
    count: counts[what],
    cost: of == null ? null : (counts[what] / unit) * of,
  });
  return [
    ...storageKinds.map((kind) => at(kind, 10_000, prices?.per10000[kind])),
    at('executions', 1_000_000, prices?.perMillionExecutions),
  ];
}

/** Reads a file of prices. @throws Error that names the file and every bad member */
export function readPrices(file: string): Prices {
  try {
    return pricesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
        : error instanceof Error
          ? error.message
          : String(error);
    throw new Error(`the prices ${file} cannot be used: ${reason}`, { cause: error });
  }
}
