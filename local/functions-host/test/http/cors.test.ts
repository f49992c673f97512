import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Cors } from '../../http/cors.ts';
import { emptyResponse } from '../../http/response.ts';

function request(method: string, headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = method;
  message.headers = headers;
  return message;
}

const origin = 'https://app.example.com';
const asked = request('OPTIONS', {
  origin,
  'access-control-request-method': 'PATCH',
  'access-control-request-headers': 'x-one',
});

describe('CORS', () => {
  it('answers a preflight request of an allowed origin', () => {
    expect(new Cors(`http://other,${origin}/`, true).preflight(asked)).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'PATCH',
        'access-control-allow-headers': 'x-one',
        vary: 'Origin',
      },
    });
  });

  it.each([
    ['*', { 'access-control-allow-origin': '*' }],
    [origin, { 'access-control-allow-origin': origin, vary: 'Origin' }],
    ['http://other', {}],
    ['', {}],
  ])('with the origins "%s" it adds %j to a response', (origins, headers) => {
    const { headers: found } = new Cors(origins, false).allow(
      request('GET', { origin }),
      emptyResponse(200),
    );
    expect(found).toEqual(headers);
  });

  it('passes OPTIONS to the function when it is not a preflight request or there are no origins', () => {
    expect(new Cors('*', false).preflight(request('OPTIONS', { origin }))).toBeUndefined();
    expect(new Cors('', false).preflight(asked)).toBeUndefined();
  });
});
