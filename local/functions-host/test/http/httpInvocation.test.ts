import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpInvocation } from '../../http/httpInvocation.ts';
import { bindingData, resolveExpressions } from '../../invocation/bindingExpressions.ts';
import type { Invocation } from '../../invocation/invocation.ts';

function invocation(
  url: string,
  params: Record<string, string>,
  body: string,
  headers: Record<string, string> = {},
): Invocation {
  const request = new IncomingMessage(new Socket());
  request.method = 'POST';
  request.headersDistinct = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  );
  const address = new URL(`http://localhost${url}`);
  return httpInvocation('f', request, address, params, Buffer.from(body));
}

describe('the trigger metadata of a request', () => {
  it('has the members of a JSON body, the query without the key, the route values, Query and Headers', () => {
    const { triggerMetadata } = invocation(
      '/api/x?b=2&code=secret',
      { id: '7' },
      '{"a":1,"o":{"n":2}}',
      { 'x-h': 'h' },
    );
    expect(triggerMetadata).toEqual({
      a: { string: '1' },
      o: { json: '{"n":2}' },
      b: { string: '2' },
      id: { string: '7' },
      Query: { json: '{"b":"2","code":"secret"}' },
      Headers: { json: '{"x-h":"h"}' },
    });
  });

  it('prefers the route to the query and the query to the body; a body may hide the headers', () => {
    const { triggerMetadata } = invocation(
      '/api/x?a=query&b=query',
      { a: 'route' },
      '{"a":"body","b":"body","c":"body","Headers":{"x":"forged"}}',
    );
    expect(triggerMetadata).toMatchObject({
      a: { string: 'route' },
      b: { string: 'query' },
      c: { string: 'body' },
      Headers: { json: '{"x":"forged"}' },
    });
  });

  it('gives its values to binding expressions', () => {
    const { triggerMetadata } = invocation('/api/x?q=1', { kind: 'blue' }, '{"size":"xl"}', {
      'x-h': 'h',
    });
    expect(
      resolveExpressions(
        '{kind}-{size}-{q}-{query.q}-{headers.x-h}',
        bindingData({}, triggerMetadata),
      ),
    ).toBe('blue-xl-1-1-h');
  });
});

it('query names that differ in case only are one parameter, and an empty header is kept', () => {
  const [data] = invocation('/api/x?a=1&A=9', {}, '', { 'x-empty': '' }).inputData;
  expect(data?.data.http).toMatchObject({
    nullableQuery: { a: { value: '1,9' } },
    nullableHeaders: { 'x-empty': { value: '' } },
  });
});
