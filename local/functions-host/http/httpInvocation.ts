import type { IncomingMessage } from 'node:http';
import type { Invocation, TypedData } from '../invocation/invocation.ts';
import { type Metadata, withMessageMembers } from '../invocation/messageMembers.ts';

type Values = Readonly<Record<string, string>>;

/**
 * Returns the invocation for a request (Functions worker protocol, HTTP trigger without streaming).
 */
export function httpInvocation(
  functionName: string,
  request: IncomingMessage,
  url: URL,
  routeValues: Values,
  body: Buffer,
): Invocation {
  const query = queryOf(url);
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [
      name,
      (values ?? []).join(','),
    ]),
  );
  const params = Object.fromEntries(
    Object.entries(routeValues).filter(([, value]) => value !== ''),
  );
  const traceParent = headers['traceparent'];
  return {
    functionName,
    reason: 'This function was programmatically called via the host APIs.',
    inputData: [
      {
        name: '',
        data: {
          http: {
            method: request.method ?? 'GET',
            url: url.href,
            nullableHeaders: nullable(headers),
            nullableQuery: nullable(query),
            nullableParams: nullable(params),
            ...(body.length === 0 ? {} : { body: { bytes: body } }),
          },
        },
      },
    ],
    triggerMetadata: metadataOf(body, query, headers, params),
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

/**
 * Returns the parameters of the query. Names that differ only in case are one parameter, and the
 * values of a repeated name are joined, as on Azure.
 */
function queryOf(url: URL): Values {
  const values = new Map<string, [name: string, ...values: string[]]>();
  for (const [name, value] of url.searchParams) {
    const known = values.get(name.toLowerCase());
    if (known === undefined) values.set(name.toLowerCase(), [name, value]);
    else known.push(value);
  }
  // Built from entries, so that names such as `constructor` have no inherited value.
  return Object.fromEntries([...values.values()].map(([name, ...all]) => [name, all.join(',')]));
}

/**
 * Returns the trigger metadata of a request: the top-level members of a JSON body, the query
 * without the key, the route values, and all of `Query` and `Headers`. Of two with one name, the
 * later in this list counts, except that nothing replaces a member or parameter by `Query` or
 * `Headers`.
 */
function metadataOf(body: Buffer, query: Values, headers: Values, params: Values): Metadata {
  const result: Record<string, TypedData> = {
    ...withMessageMembers({}, body.toString('utf8')),
  };
  for (const [name, value] of [...Object.entries(query), ...Object.entries(params)])
    if (name.toLowerCase() !== 'code' || name in params) result[name] = { string: value };
  return {
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(headers) },
    ...result,
  };
}

function nullable(values: Values): Record<string, { readonly value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
