import { z } from 'zod';

/** A GUID of any version, in small letters. */
export const guid = z.guid().transform((value) => value.toLowerCase());

/** A span in seconds that each job or task draws its own value from. */
export const range = (min: number, max: number) =>
  z
    .strictObject({ min: z.number().min(0), max: z.number().min(0) })
    .refine((value) => value.min <= value.max, 'min must not be above max')
    .default({ min, max });

/** The text of a regular expression. */
export const expression = z.string().refine((text) => {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}, 'is not a regular expression');
