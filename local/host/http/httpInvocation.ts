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
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    const value = (values ?? []).join(',');
    if (value !== '') headers[name] = value;
  }
  const params = Object.fromEntries(Object.entries(routeValues).filter(([, value]) => value !== ''));
  const { traceparent: traceParent } = headers;
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
            nullableQuery: nullable(Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.join(',')]))),
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

function nullable(values: Readonly<Record<string, string>>): Record<string, { readonly value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
