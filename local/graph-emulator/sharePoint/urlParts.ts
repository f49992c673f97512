import { GraphError } from '../graphResponse.ts';

/** Decodes the percent encoding of a path. Throws a GraphError. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new GraphError(400, 'BadRequest', 'The URL is not encoded correctly.');
  }
}

/**
 * Returns the value of the only parameter of a function or alternate key, `(name='O''Neil')`.
 * @param call the decoded text from the opening to the closing parenthesis
 * @throws GraphError with 400 for another name or a value without quotes
 */
export function onlyArgument(
  call: string,
  name: string,
  options: { readonly unquoted?: boolean } = {},
): string {
  const [, given = '', value = ''] = /^\(\s*(\w+)\s*=([^]*)\)$/.exec(call) ?? [];
  if (given.toLowerCase() !== name.toLowerCase())
    throw new GraphError(400, 'invalidRequest', `The required parameter ${name} is missing.`);
  const quoted = /^\s*'((?:[^']|'')+)'\s*$/.exec(value)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (options.unquoted === true && /^[^']+$/.test(value)) return value.trim();
  throw new GraphError(400, 'invalidRequest', `The value of ${name} must be a string in quotes.`);
}

/** Returns Graph's error for a path that its model does not have. */
export function unknownSegment(segment: string): GraphError {
  return new GraphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`);
}

/** Returns the members that `$select` names. Throws a GraphError with 400 for a member that the type does not have. */
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
      throw new GraphError(
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

/** Returns the error for a method that no page documents for a URL. */
export function undocumented(status: 405 | 501): GraphError {
  if (status === 501)
    return new GraphError(501, 'notSupported', 'The operation is not implemented.');
  return new GraphError(
    405,
    'MethodNotAllowed',
    'The HTTP method is not supported for this resource.',
  );
}
