import { type RegisteredFunction, triggerOf } from './invocation/invocation.ts';
import type { HttpFunction } from './http/routeTable.ts';

/** The list of functions that Core Tools prints at start: HTTP functions with their addresses first. */
export function listFunctions(
  functions: readonly RegisteredFunction[],
  http: readonly HttpFunction[],
  baseUrl: string,
): string {
  if (functions.length === 0)
    return '\nNo functions found: the files of "main" in package.json registered none.\n\n';
  const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
    a.name.localeCompare(b.name);
  const httpNames = new Set(http.map(({ name }) => name));
  const lines = [
    ...[...http]
      .sort(byName)
      .map(
        ({ name, methods, template }) => `${name}: [${methods.join(',')}] ${baseUrl}/${template}`,
      ),
    ...functions
      .filter(({ name }) => !httpNames.has(name))
      .sort(byName)
      .map(({ name, bindings }) => `${name}: ${triggerOf(bindings)?.binding.type ?? ''}`),
  ];
  return `\nFunctions:\n\n${lines.map((line) => `\t${line}\n\n`).join('')}`;
}
