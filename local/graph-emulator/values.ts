import { readFileSync } from 'node:fs';
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

/** The application permissions that the emulated APIs ask for, as they stand in a token's `roles`. */
export const permissions = [
  'CrossTenantContentMigration.Read.All',
  'CrossTenantContentMigration.ReadWrite.All',
  'SharePointCrossTenantMigration.Read.All',
  'SharePointCrossTenantMigration.Manage.All',
] as const;

export type Permission = (typeof permissions)[number];

/**
 * Reads a JSON file that a person has written, checked by its schema.
 * @param what it is called in messages
 * @param wrong makes the error, whose message says why the file cannot be read, or lists every bad member
 */
export function readChecked<T>(
  what: string,
  file: string,
  schema: z.ZodType<T>,
  wrong: (message: string) => Error,
): T {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw wrong(
      `the ${what} ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw wrong(
    `the ${what} ${file} is wrong:\n${parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`).join('\n')}`,
  );
}
