import { GraphRefusal } from '../graphAnswer.ts';

/** A path without its percent signs. Throws a GraphRefusal. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new GraphRefusal(400, 'BadRequest', 'The address is not well encoded.');
  }
}

/**
 * The value of the one parameter of a function or alternate key, `(name='O''Neil')`, from a decoded path.
 * @param call from the opening parenthesis to the closing one
 * @throws GraphRefusal with 400 for another name or a value without quotes
 */
export function onlyArgument(
  call: string,
  name: string,
  options: { readonly unquoted?: boolean } = {},
): string {
  const [, given = '', value = ''] = /^\(\s*(\w+)\s*=([^]*)\)$/.exec(call) ?? [];
  if (given.toLowerCase() !== name.toLowerCase())
    throw new GraphRefusal(400, 'invalidRequest', `The required parameter ${name} is missing.`);
  const quoted = /^\s*'((?:[^']|'')+)'\s*$/.exec(value)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (options.unquoted === true && /^[^']+$/.test(value)) return value.trim();
  throw new GraphRefusal(400, 'invalidRequest', `The value of ${name} must be a text in quotes.`);
}

/** Graph's answer for a path that its model does not have. */
export function unknownSegment(segment: string): GraphRefusal {
  return new GraphRefusal(400, 'BadRequest', `Resource not found for the segment '${segment}'.`);
}

/** Keeps the members that `$select` names. Throws a GraphRefusal with 400 for one that the type does not have. */
export function selected(
  body: Readonly<Record<string, unknown>>,
  url: URL,
  type: string,
  members: readonly string[],
): Record<string, unknown> {
  const select = url.searchParams.get('$select');
  if (select === null) return { ...body };
  const names = select.split(',').map((name) => name.trim());
  const wanted = names.map((name) => {
    const member = members.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (member === undefined)
      throw new GraphRefusal(
        400,
        'BadRequest',
        `Could not find a property named '${name}' on type 'microsoft.graph.${type}'.`,
      );
    return member;
  });
  return Object.fromEntries(
    Object.entries(body).filter(([name]) => name.startsWith('@') || wanted.includes(name)),
  );
}

/** The refusal of a method that no page has for an address. */
export function undocumented(status: 405 | 501): GraphRefusal {
  if (status === 501)
    return new GraphRefusal(501, 'notSupported', 'The operation is not implemented.');
  return new GraphRefusal(
    405,
    'MethodNotAllowed',
    'The HTTP method is not supported for this resource.',
  );
}
