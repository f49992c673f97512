import { z } from 'zod';

/** A text that Graph may leave out or give as null: then it is empty. */
export const looseText = z.string().nullish().transform((value) => value ?? '');
