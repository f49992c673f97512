import { HostStartError } from '../errors.ts';
import type { FunctionErrors } from '../functionErrors.ts';
import { type RegisteredFunction, triggerOf } from '../invocation/invocation.ts';
import { Route } from './route.ts';

const everyMethod = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'];

/** The route, methods and key level of an HTTP function. */
export interface HttpFunction {
  readonly name: string;
  readonly methods: readonly string[];
  /** The template with the prefix and without a leading slash: `api/orders/{id}`. */
  readonly template: string;
  readonly authLevel: 'anonymous' | 'function' | 'admin';
}

/**
 * Returns the HTTP functions among the functions of the app, with their routes under the prefix. A
 * function is in error when the host reserves its route, when its route cannot be read, or when its
 * `authLevel` is unknown.
 * @throws HostStartError instead, where `errors` is left out
 */
export function httpFunctions(
  functions: readonly RegisteredFunction[],
  routePrefix: string,
  errors?: FunctionErrors,
): HttpFunction[] {
  return functions.flatMap((registered) => {
    const find = (): HttpFunction[] => httpFunctionsOf(registered, routePrefix);
    return errors === undefined ? find() : (errors.attempt(registered.name, find) ?? []);
  });
}

function httpFunctionsOf({ name, bindings }: RegisteredFunction, prefix: string): HttpFunction[] {
  const binding = triggerOf(bindings)?.binding;
  if (binding?.type.toLowerCase() !== 'httptrigger') return [];
  const { route, methods, authLevel } = binding;
  const template = [prefix, typeof route === 'string' ? route : name]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .join('/');
  if (/^(?:admin|runtime)(?:\/|$)/i.test(template)) {
    throw new HostStartError(
      `function '${name}': the route '${template}' is reserved by the host; use another route or prefix`,
    );
  }
  const level = (typeof authLevel === 'string' ? authLevel : 'function').toLowerCase();
  if (level !== 'anonymous' && level !== 'function' && level !== 'admin') {
    throw new HostStartError(
      `function '${name}': the authLevel '${level}' is none of anonymous, function and admin`,
    );
  }
  const given = Array.isArray(methods) ? methods.map(String) : [];
  const found = {
    name,
    methods: given.length === 0 ? everyMethod : given,
    template,
    authLevel: level,
  } as const;
  parseRoute(found);
  return [found];
}

/** @throws HostStartError for a template that is not valid */
function parseRoute({ name, template, methods }: HttpFunction): Route {
  try {
    return new Route(name, template, methods);
  } catch (error) {
    throw new HostStartError(
      `function '${name}': the route '${template}' cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** Finds the function of a request. The most specific route comes first. */
export class RouteTable {
  readonly #routes: readonly Route[];

  /** @throws HostStartError for a template that is not valid */
  constructor(functions: readonly HttpFunction[]) {
    this.#routes = functions
      .map(parseRoute)
      .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  }

  /** Returns the function for a method and a raw path; undefined when there is none. */
  find(
    method: string,
    path: string,
  ):
    | { readonly functionName: string; readonly values: Readonly<Record<string, string>> }
    | undefined {
    const decoded = decodePath(path);
    for (const route of this.#routes) {
      if (!route.methods.has(method)) continue;
      const values = route.match(decoded);
      if (values !== undefined) return { functionName: route.functionName, values };
    }
    return undefined;
  }
}

/**
 * Decodes a path. An encoded slash stays encoded, because it separates no segments, and so does what
 * is not UTF-8.
 */
function decodePath(path: string): string {
  return path
    .replace(/^\/|\/$/g, '')
    .replaceAll(/%2f/gi, '%252F')
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
      try {
        return decodeURIComponent(encoded);
      } catch {
        return encoded;
      }
    });
}
