import { parseRouteTemplate, type RouteParameter, type RoutePart } from './routeTemplate.ts';

/** One HTTP function's route. */
export class Route {
  readonly functionName: string;
  readonly methods: ReadonlySet<string>;
  /** How specific the route is, segment by segment: the lesser text goes first. */
  readonly rank: string;
  readonly #pattern: RegExp;
  readonly #parameters: readonly RouteParameter[];

  /** Throws an Error that says what is wrong with the template. */
  constructor(functionName: string, template: string, methods: readonly string[]) {
    this.functionName = functionName;
    this.methods = new Set(methods.map((method) => method.toUpperCase()));
    const segments = parseRouteTemplate(template);
    this.#parameters = segments.flat().filter(isParameter);
    this.rank = segments.map(rankOf).join('');
    this.#pattern = new RegExp(`^${patternOf(segments)}$`, 'is');
  }

  /** The route values of a decoded path without slashes at its ends; undefined when the route is not the path's. */
  match(path: string): Readonly<Record<string, string>> | undefined {
    const match = this.#pattern.exec(path === '' ? '' : `/${path}`);
    if (match === null) return undefined;
    const values: Record<string, string> = {};
    for (const [index, { name, preset, constraints }] of this.#parameters.entries()) {
      const captured = match[index + 1];
      const value = captured === undefined || captured === '' ? preset : captured;
      if (value === undefined) continue;
      if (!constraints.every((isMet) => isMet(value))) return undefined;
      values[name] = value;
    }
    return values;
  }
}

function isParameter(part: RoutePart): part is RouteParameter {
  return !('literal' in part);
}

function patternOf([parts, ...rest]: readonly RoutePart[][]): string {
  if (parts === undefined) return '';
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only !== undefined && !('literal' in only)) {
    if (only.isCatchAll) return '(?:/(.*))?';
    // What may be left out may only be left out together with all that follows.
    if (only.isOptional || only.preset !== undefined) return `(?:/([^/]+)${patternOf(rest)})?`;
  }
  const segment = parts.map((part) => {
    if ('literal' in part) return part.literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    return part.isOptional ? '([^/]*?)' : '([^/]+?)';
  });
  return `/${segment.join('')}${patternOf(rest)}`;
}

function rankOf(parts: readonly RoutePart[]): string {
  const [first] = parts;
  if (first === undefined || parts.length > 1) return '2';
  if ('literal' in first) return '1';
  const isConstrained = first.constraints.length > 0;
  if (first.isCatchAll) return isConstrained ? '4' : '5';
  return isConstrained ? '2' : '3';
}
