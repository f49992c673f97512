import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { callerOf, guard } from '../../../functions/http/registerRoutes.ts';
import { problemSchema } from '../../../shared/contracts/problem.ts';

const tenant = '99999999-8888-7777-6666-555555555555';
const ana = 'aaaaaaaa-0000-4000-8000-00000000000a';
const identity = [
  ['tid', tenant],
  ['oid', ana],
] as const;
const long = 'http://schemas.microsoft.com/identity/claims/';
const principal = (
  claims: readonly (readonly [typ: string, val: string])[],
  members: object = {},
) => ({
  'x-ms-client-principal': Buffer.from(
    JSON.stringify({
      auth_typ: 'aad',
      claims: claims.map(([typ, val]) => ({ typ, val })),
      ...members,
    }),
  ).toString('base64'),
});
const request = (headers: Record<string, string> = {}): HttpRequest =>
  new HttpRequest({ method: 'GET', url: 'http://app/api/migrations', headers });
const route = (authentication: 'functionKey' | 'entra') =>
  guard({ authentication, allowedTenants: [tenant] }, 'Migrations.Approve', () => ({
    status: 200,
  }));
const status = async (headers: Record<string, string>): Promise<unknown> => {
  const answer = await route('entra').handler(request(headers));
  return answer.status === 200
    ? 200
    : [
        answer.status,
        problemSchema.parse(JSON.parse(typeof answer.body === 'string' ? answer.body : '')).code,
      ];
};

describe('with Entra', () => {
  it('lets in who has the role, under whatever name the platform gives its claim', async () => {
    expect(route('entra').authLevel).toBe('anonymous');
    expect(
      await status(
        principal([
          ...identity,
          ['preferred_username', 'ana@fabrikam.com'],
          ['roles', 'Migrations.Read'],
          ['roles', 'Migrations.Approve'],
        ]),
      ),
    ).toBe(200);
    expect(
      await status(
        principal([
          [`${long}tenantid`, tenant.toUpperCase()],
          [`${long}objectidentifier`, ana],
          ['azp', '11111111-2222-3333-4444-555555555555'],
          ['http://schemas.microsoft.com/ws/2008/06/identity/claims/role', 'Migrations.Approve'],
        ]),
      ),
    ).toBe(200);
  });

  it('believes nothing that the header says of which claims are names and roles', async () => {
    expect(
      await status(
        principal([...identity, ['mine', 'ana'], ['own', 'Migrations.Approve']], {
          name_typ: 'mine',
          role_typ: 'own',
        }),
      ),
    ).toEqual([403, 'roleMissing']);
    expect(await status(principal([...identity, ['role', 'Migrations.Approve']]))).toEqual([
      403,
      'roleMissing',
    ]);
  });

  it('turns away a caller of a foreign tenant or of another provider, and one without exactly one identity', async () => {
    const approve = ['roles', 'Migrations.Approve'] as const;
    expect(
      await status(
        principal([['tid', '11111111-2222-3333-4444-555555555555'], ['oid', ana], approve]),
      ),
    ).toEqual([403, 'tenantNotAllowed']);
    for (const provider of [undefined, 'google', 'AAD', ''])
      expect(await status(principal([...identity, approve], { auth_typ: provider }))).toEqual([
        401,
        'signInNeeded',
      ]);
    const others: readonly (readonly (readonly [string, string])[])[] = [
      [['tid', tenant]],
      [['oid', ana]],
      [
        ['tid', tenant],
        ['oid', 'ana'],
      ],
      [...identity, ['tid', '11111111-2222-3333-4444-555555555555']],
      [...identity, ['oid', 'aaaaaaaa-0000-4000-8000-00000000000b']],
      [...identity, ['oid', '']],
      [...identity, [`${long}tenantid`, '11111111-2222-3333-4444-555555555555']],
      [...identity, [`${long}objectidentifier`, 'aaaaaaaa-0000-4000-8000-00000000000b']],
    ];
    for (const claims of others)
      expect([claims, await status(principal([...claims, approve]))]).toEqual([
        claims,
        [401, 'signInNeeded'],
      ]);
  });

  it('turns away who is not signed in or has another role', async () => {
    expect(await status({})).toEqual([401, 'signInNeeded']);
    expect(await status({ 'x-ms-client-principal': 'bm90IGpzb24=' })).toEqual([
      401,
      'signInNeeded',
    ]);
    expect(await status({ 'x-ms-client-principal-name': 'ana@fabrikam.com' })).toEqual([
      401,
      'signInNeeded',
    ]);
    expect(await status(principal([['roles', 'Migrations.Approve']]))).toEqual([
      401,
      'signInNeeded',
    ]);
    expect(
      await status(
        principal([
          ...identity,
          ['preferred_username', 'ana@fabrikam.com'],
          ['roles', 'Migrations.Read'],
          ['groups', 'Migrations.Approve'],
        ]),
      ),
    ).toEqual([403, 'roleMissing']);
  });

  it('knows the caller by tenant and object id, and shows a name', () => {
    const headers = principal([
      ['oid', ana.toUpperCase()],
      ['tid', tenant],
      ['name', 'Ana'],
      ['preferred_username', 'ana@fabrikam.com'],
      ['roles', 'Migrations.Approve'],
    ]);
    expect(callerOf(request(headers), { authentication: 'entra' })).toEqual({
      id: `${tenant}/${ana}`,
      tenantId: tenant,
      name: 'ana@fabrikam.com',
      names: ['ana@fabrikam.com', 'Ana', ana],
      roles: ['Migrations.Approve'],
    });
  });
});

describe('with function keys', () => {
  it('leaves the key to the platform and believes no header about who calls', () => {
    const headers = {
      ...principal([
        ['preferred_username', 'ana@fabrikam.com'],
        ['roles', 'Migrations.Approve'],
      ]),
      'x-ms-client-principal-name': 'ana@fabrikam.com',
    };
    expect(route('functionKey').authLevel).toBe('function');
    expect(callerOf(request(headers), { authentication: 'functionKey' })).toBeUndefined();
  });
});
