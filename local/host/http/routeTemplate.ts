import { parseConstraint } from './routeConstraint.ts';

/** A part of a path segment: text that stands as it is, or a parameter. */
export type RoutePart = { readonly literal: string } | RouteParameter;

export interface RouteParameter {
  readonly name: string;
  readonly isCatchAll: boolean;
  readonly isOptional: boolean;
  readonly preset: string | undefined;
  readonly constraints: readonly ((value: string) => boolean)[];
}

/** Reads a route template: segments of literals, `{name}`, `{name:constraint}`, `{name?}`, `{name=preset}`, `{*rest}`. Throws an Error that says what is wrong. */
export function parseRouteTemplate(template: string): RoutePart[][] {
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

/** Splits at the slashes that are not inside of braces. */
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
  const [, star = '', name = '', constraints = '', preset, question] = match;
  return {
    name,
    isCatchAll: star !== '',
    isOptional: question !== undefined,
    preset,
    constraints: splitConstraints(constraints).map(parseConstraint),
  };
}

/** Splits at the colons that are not inside of a constraint's parentheses. */
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
