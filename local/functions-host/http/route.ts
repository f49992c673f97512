const guid = /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;

/**
 * Returns the check of an inline route constraint such as `int`, `length(3,5)` or `regex(^a)`.
 * @throws Error for an unknown constraint
 */
export function parseConstraint(text: string): (value: string) => boolean {
  const match = /^(\w+)(?:\((.*)\))?$/s.exec(text);
  const [, name = text, argument = ''] = match ?? [];
  const [first = 0, second = first] = argument.split(',').map(Number);
  switch (name.toLowerCase()) {
    case 'int':
      return (value) => isInteger(value, 2n ** 31n);
    case 'long':
      return (value) => isInteger(value, 2n ** 63n);
    case 'decimal':
    case 'double':
    case 'float':
      return (value) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value);
    case 'bool':
      return (value) => /^(?:true|false)$/i.test(value);
    case 'datetime':
      return (value) => !Number.isNaN(Date.parse(value));
    case 'guid':
      return (value) => guid.test(value);
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value);
    case 'required':
      return (value) => value !== '';
    case 'minlength':
      return (value) => value.length >= first;
    case 'maxlength':
      return (value) => value.length <= first;
    case 'length':
      return (value) => value.length >= first && value.length <= second;
    case 'min':
      return (value) => isInteger(value, 2n ** 63n) && Number(value) >= first;
    case 'max':
      return (value) => isInteger(value, 2n ** 63n) && Number(value) <= first;
    case 'range':
      return (value) =>
        isInteger(value, 2n ** 63n) && Number(value) >= first && Number(value) <= second;
    case 'regex': {
      const pattern = new RegExp(argument, 'i');
      return (value) => pattern.test(value);
    }
    default:
      throw new Error(`'${text}' is not a route constraint`);
  }
}

function isInteger(value: string, limit: bigint): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace(/^\+/, ''));
  return number >= -limit && number < limit;
}

/** A part of a path segment: literal text or a parameter. */
type RoutePart = { readonly literal: string } | RouteParameter;

interface RouteParameter {
  readonly name: string;
  readonly isCatchAll: boolean;
  readonly isOptional: boolean;
  readonly defaultValue: string | undefined;
  readonly constraints: readonly ((value: string) => boolean)[];
}

/**
 * Parses a route template into segments of literals, `{name}`, `{name:constraint}`, `{name?}`,
 * `{name=default}` and `{*rest}`.
 * @throws Error that names the mistake
 */
function parseRouteTemplate(template: string): RoutePart[][] {
  const segments = splitSegments(template.replace(/^\/+|\/+$/g, '')).map(parseSegment);
  const names = new Set<string>();
  segments.forEach((parts, index) => {
    for (const part of parts) {
      if ('literal' in part) continue;
      if (names.has(part.name.toLowerCase()))
        throw new Error(`the parameter '${part.name}' appears twice`);
      names.add(part.name.toLowerCase());
      if (part.isCatchAll && (index < segments.length - 1 || parts.length > 1))
        throw new Error(`the catch-all '${part.name}' must be the last segment`);
    }
  });
  return segments;
}

/** Splits at the slashes outside braces. */
function splitSegments(template: string): string[] {
  if (template === '') return [];
  const segments = [''];
  let depth = 0;
  for (const character of template) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === '/' && depth === 0) segments.push('');
    else segments.push(`${segments.pop() ?? ''}${character}`);
  }
  if (segments.some((segment) => segment === '')) throw new Error('it has an empty segment');
  return segments;
}

function parseSegment(segment: string): RoutePart[] {
  const parts: RoutePart[] = [];
  let literal = '';
  for (let at = 0; at < segment.length; at += 1) {
    const two = segment.slice(at, at + 2);
    const one = two.charAt(0);
    if (two === '{{' || two === '}}') {
      literal += one;
      at += 1;
    } else if (one === '{') {
      if (literal !== '') parts.push({ literal });
      literal = '';
      const end = endOfParameter(segment, at + 1);
      parts.push(
        parseParameter(
          segment
            .slice(at + 1, end)
            .replaceAll('{{', '{')
            .replaceAll('}}', '}'),
        ),
      );
      at = end;
    } else if (one === '}')
      throw new Error(`'${segment}' has a closing brace without an opening one`);
    else literal += one;
  }
  if (literal !== '') parts.push({ literal });
  return parts;
}

function endOfParameter(segment: string, from: number): number {
  for (let at = from; at < segment.length; at += 1) {
    const two = segment.slice(at, at + 2);
    if (two === '{{' || two === '}}') at += 1;
    else if (two.startsWith('}')) return at;
  }
  throw new Error(`'${segment}' has an opening brace without a closing one`);
}

function parseParameter(text: string): RouteParameter {
  const match = /^(\*{0,2})([A-Za-z_]\w*)((?::.*?)?)(?:=(.*)|(\?))?$/s.exec(text);
  if (match === null) throw new Error(`'{${text}}' is not a parameter`);
  const [, star = '', name = '', constraints = '', defaultValue, question] = match;
  return {
    name,
    isCatchAll: star !== '',
    isOptional: question !== undefined,
    defaultValue,
    constraints: splitConstraints(constraints).map(parseConstraint),
  };
}

/** Splits at the colons outside the parentheses of a constraint. */
function splitConstraints(text: string): string[] {
  const constraints: string[] = [];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ':' && depth === 0) constraints.push('');
    else constraints.push(`${constraints.pop() ?? ''}${character}`);
  }
  return constraints;
}

/** The route of an HTTP function. */
export class Route {
  readonly functionName: string;
  readonly methods: ReadonlySet<string>;
  /** How specific the route is, segment by segment. The route with the smaller text comes first. */
  readonly rank: string;
  readonly #pattern: RegExp;
  readonly #parameters: readonly RouteParameter[];

  /** @throws Error that names the mistake in the template */
  constructor(functionName: string, template: string, methods: readonly string[]) {
    this.functionName = functionName;
    this.methods = new Set(methods.map((method) => method.toUpperCase()));
    const segments = parseRouteTemplate(template);
    this.#parameters = segments.flat().filter(isParameter);
    this.rank = segments.map(rankOf).join('');
    this.#pattern = new RegExp(`^${patternOf(segments)}$`, 'is');
  }

  /**
   * Returns the route values of a decoded path without slashes at its ends; undefined when the path
   * does not match.
   */
  match(path: string): Readonly<Record<string, string>> | undefined {
    const match = this.#pattern.exec(path === '' ? '' : `/${path}`);
    if (match === null) return undefined;
    const values: Record<string, string> = {};
    for (const [index, { name, defaultValue, constraints }] of this.#parameters.entries()) {
      const captured = match[index + 1];
      const value = captured === undefined || captured === '' ? defaultValue : captured;
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
    // An optional segment can only be missing together with all segments after it.
    if (only.isOptional || only.defaultValue !== undefined)
      return `(?:/([^/]+)${patternOf(rest)})?`;
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
