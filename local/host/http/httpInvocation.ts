import type { IncomingMessage } from 'node:http';
import type { Invocation } from '../invocation/invocation.ts';

/** The invocation that a request stands for (Functions worker protocol, HTTP trigger without streaming). */
export function httpInvocation(
  functionName: string,
  request: IncomingMessage,
  url: URL,
  routeValues: Readonly<Record<string, string>>,
  body: Buffer,
): Invocation {
  // Names that callers choose, such as `constructor`, must find nothing of an object's own.
  const names = new Set(url.searchParams.keys());
  const query = Object.fromEntries(
    [...names].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  );
  const headers = Object.fromEntries(
    Object.entries(request.headersDistinct)
      .map(([name, values]) => [name, (values ?? []).join(',')] as const)
      .filter(([, value]) => value !== ''),
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
    triggerMetadata: {},
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

function nullable(
  values: Readonly<Record<string, string>>,
): Record<string, { readonly value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
