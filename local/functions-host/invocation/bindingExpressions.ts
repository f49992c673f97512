import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { TypedData } from './invocation.ts';

const objectSchema = z.record(z.string(), z.unknown());

/**
 * Returns the values that binding expressions can name: the trigger metadata and the top-level
 * members of a JSON trigger.
 */
export function bindingData(
  trigger: TypedData,
  metadata: Readonly<Record<string, TypedData>>,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [key, { string, json }] of Object.entries(metadata))
    values[key] = json === undefined ? string : JSON.parse(json);
  const message = objectSchema.safeParse(jsonOf(trigger.string ?? trigger.json));
  if (message.success) Object.assign(values, message.data);
  return values;
}

/**
 * Replaces each `{name}` or `{name.member}` with its value (names in any case), `{rand-guid}` with
 * a new GUID and `{DateTime}` with the present instant.
 * @throws Error that names an expression without a value
 */
export function resolveExpressions(
  text: string,
  values: Readonly<Record<string, unknown>>,
): string {
  return text.replaceAll(/\{([^{}]+)\}/g, (expression, path: string) => {
    if (path.toLowerCase() === 'rand-guid') return randomUUID();
    if (path.toLowerCase() === 'datetime') return new Date().toISOString();
    let value: unknown = values;
    for (const name of path.split('.')) value = member(value, name.toLowerCase());
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value);
    throw new Error(`the binding expression ${expression} has no value`);
  });
}

function member(value: unknown, lowerName: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key.toLowerCase() === lowerName)?.[1];
}

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
