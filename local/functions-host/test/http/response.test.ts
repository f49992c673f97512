import { describe, expect, it } from 'vitest';
import { cookieHeader, functionResponse } from '../../http/response.ts';

describe('the response of a function', () => {
  const responseOf = (http: object) =>
    functionResponse({ ok: true, outputData: [], returnValue: { http }, result: undefined });

  it('omits the headers of a connection, which the server sets itself', () => {
    const { status, headers, body } = responseOf({
      statusCode: '202',
      headers: {
        'transfer-encoding': 'chunked',
        connection: 'close',
        'content-length': '9',
        'x-own': 'yes',
      },
      body: { bytes: Buffer.from('abc') },
    });
    expect({ status, headers, body: body.toString() }).toEqual({
      status: 202,
      headers: { 'x-own': 'yes' },
      body: 'abc',
    });
  });

  it('refuses an invalid status', () => {
    expect(() => responseOf({ statusCode: '42' })).toThrow();
  });
});

describe('the header of a cookie', () => {
  it('writes the attributes that are set', () => {
    expect(
      cookieHeader({
        name: 'n',
        value: 'v',
        expires: { value: { seconds: 1_795_000_000 } },
        maxAge: { value: 1.5 },
        sameSite: 'explicitNone',
      }),
    ).toBe('n=v; expires=Wed, 18 Nov 2026 11:06:40 GMT; max-age=1; path=/; samesite=none');
    expect(
      cookieHeader({ name: 'n', value: 'v', sameSite: 'none', secure: { value: false } }),
    ).toBe('n=v; path=/');
  });
});
