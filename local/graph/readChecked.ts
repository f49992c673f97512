import { readFileSync } from 'node:fs';
import type { z } from 'zod';

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
