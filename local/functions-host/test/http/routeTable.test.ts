import { describe, expect, it } from 'vitest';
import { HostStartError } from '../../errors.ts';
import { parseConstraint } from '../../http/route.ts';
import { httpFunctions, RouteTable } from '../../http/routeTable.ts';

function table(...templates: string[]): RouteTable {
  return new RouteTable(
    templates.map((template) => ({
      name: template,
      template,
      methods: ['GET'],
      authLevel: 'anonymous' as const,
    })),
  );
}

describe('RouteTable', () => {
  it.each<[string, string[]]>([
    [
      'literal before constrained before free before the rest',
      ['a/special', 'a/{id:int}', 'a/{id}', 'a/{*rest}'],
    ],
    ['the earlier segment decides', ['a/{x}/b', '{y}/a/b']],
  ])('orders %s', (_, templates) => {
    const reversed = table(...[...templates].reverse());
    const paths = ['/a/special', '/a/5', '/a/blue', '/a/b/c'].slice(0, templates.length);
    const requested = templates.length === 2 ? ['/a/a/b', '/c/a/b'] : paths;
    expect(requested.map((path) => reversed.find('GET', path)?.functionName)).toEqual(templates);
  });

  it.each<[string, string, Record<string, string> | undefined]>([
    ['{a}/{b?}', '/1', { a: '1' }],
    ['{a}/{b?}', '/1/2', { a: '1', b: '2' }],
    ['{a}/{b?}', '/1/2/3', undefined],
    ['x/{b?}/{c?}', '/x', {}],
    ['x/{b?}/{c?}', '/x/1/2', { b: '1', c: '2' }],
    ['x/{page:int=1}', '/x', { page: '1' }],
    ['x/{page:int=1}', '/x/two', undefined],
    ['x/{*rest}', '/x', {}],
    ['x/{**rest}', '/x/a/b', { rest: 'a/b' }],
    ['v{version:int}/x', '/v2/x', { version: '2' }],
    ['v{version:int}/x', '/vtwo/x', undefined],
    ['{code:regex(^\\d{{4}}$)}', '/1234', { code: '1234' }],
    ['{code:regex(^\\d{{4}}$)}', '/12345', undefined],
    ['{code:regex(^a/?b$)}', '/ab', { code: 'ab' }],
    ['a.b+c', '/a.b+c', {}],
    ['a.b', '/axb', undefined],
    ['', '/', {}],
    ['', '/x', undefined],
    ['ü/{x}', '/%C3%BC/%C3%A4%2Fb', { x: 'ä%2Fb' }],
  ])('%s against %s', (template, path, values) => {
    expect(table(template).find('GET', path)?.values).toEqual(values);
  });

  it.each([
    '{',
    'a}b',
    '{a}/{A}',
    '{*a}/b',
    'x{*a}',
    'a//b',
    '{1a}',
    '{a:nothing}',
    '{a:regex(()}',
  ])('refuses the template %s', (template) => {
    expect(() => table(template)).toThrow(HostStartError);
  });
});

describe('route constraints', () => {
  it.each<[string, string[], string[]]>([
    ['int', ['1', '-2147483648', '+5'], ['2147483648', '1.0', 'x', '']],
    ['long', ['9223372036854775807'], ['9223372036854775808']],
    ['decimal', ['1', '-1.5', '.5'], ['1,5', 'x']],
    ['bool', ['true', 'FALSE'], ['1', 'yes']],
    ['datetime', ['2026-11-20', '2026-11-20T08:00:00Z'], ['soon']],
    [
      'guid',
      ['11111111-2222-3333-4444-555555555555', '11111111222233334444555555555555'],
      ['1111'],
    ],
    ['alpha', ['abc', 'ABC'], ['a1']],
    ['length(3)', ['abc'], ['ab', 'abcd']],
    ['length(2,3)', ['ab', 'abc'], ['a', 'abcd']],
    ['minlength(2)', ['ab'], ['a']],
    ['maxlength(2)', ['ab'], ['abc']],
    ['min(5)', ['5', '600'], ['4', 'x']],
    ['max(5)', ['5', '-600'], ['6', 'x']],
    ['range(1,5)', ['1', '5'], ['0', '6']],
    ['required', ['x'], ['']],
  ])('%s accepts %j and not %j', (text, good, bad) => {
    const isMet = parseConstraint(text);
    expect(good.filter(isMet)).toEqual(good);
    expect(bad.filter(isMet)).toEqual([]);
  });
});

describe('httpFunctions', () => {
  const trigger = (members: object) => [
    {
      name: 'fn',
      functionId: 'fn',
      bindings: { request: { type: 'httpTrigger', direction: 'in', ...members } },
    },
  ];

  it('uses the name as route, every method and the level function by default', () => {
    expect(httpFunctions(trigger({}), '/api/')).toEqual([
      {
        name: 'fn',
        template: 'api/fn',
        methods: expect.arrayContaining(['GET', 'POST', 'PUT', 'DELETE']) as unknown,
        authLevel: 'function',
      },
    ]);
  });

  it('refuses an unknown level', () => {
    expect(() => httpFunctions(trigger({ authLevel: 'friends' }), 'api')).toThrow(
      /authLevel 'friends'/,
    );
  });
});
