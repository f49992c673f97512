import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A GUID of any version, converted to lower case. */
export const guid = z.guid().transform((value) => value.toLowerCase());

/** A range of seconds. Each job or task gets a value of its own from it. */
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

/**
 * Reads a JSON file that a person wrote and checks it against a schema.
 * @param what the name of the file in error messages
 * @param toError creates the error; the message says why the file cannot be read, or lists every invalid member
 */
export function readInputFile<T>(
  what: string,
  file: string,
  schema: z.ZodType<T>,
  toError: (message: string) => Error,
): T {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw toError(
      `Cannot read the ${what} ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw toError(
    `The ${what} ${file} is invalid:\n${parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`).join('\n')}`,
  );
}
