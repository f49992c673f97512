import { z } from 'zod';

/** One page of a list; `nextLink` is the address of the next one and absent on the last. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ value: z.array(item), nextLink: z.url().optional() });
}
export type PageAnswer<Item> = z.infer<ReturnType<typeof pageSchema<z.ZodType<Item>>>>;
