import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { callerOf, guard } from '../../functions/guard.ts';
import { problemSchema } from '../../shared/contracts/problem.ts';

const principal = (claims: readonly (readonly [typ: string, val: string])[], members: object = {}) => ({
  'x-ms-client-principal': Buffer.from(JSON.stringify({ auth_typ: 'aad', claims: claims.map(([typ, val]) => ({ typ, val })), ...members })).toString('base64'),
});
const request = (headers: Record<string, string> = {}): HttpRequest => new HttpRequest({ method: 'GET', url: 'http://app/api/migrations', headers });
const route = (authentication: 'functionKey' | 'entra') => guard({ authentication }, 'Migrations.Approve', () => ({ status: 200 }));
const status = async (headers: Record<string, string>): Promise<unknown> => {
  const answer = await route('entra').handler(request(headers));
  return answer.status === 200 ? 200 : [answer.status, problemSchema.parse(JSON.parse(typeof answer.body === 'string' ? answer.body : '')).code];
};

describe('with Entra', () => {
  it('lets in who has the role, under whatever name the platform gives its claim', async () => {
    expect(route('entra').authLevel).toBe('anonymous');
    expect(await status(principal([['preferred_username', 'ana@fabrikam.com'], ['roles', 'Migrations.Read'], ['roles', 'Migrations.Approve']]))).toBe(200);
    expect(await status(principal([['azp', '11111111-2222-3333-4444-555555555555'], ['http://schemas.microsoft.com/ws/2008/06/identity/claims/role', 'Migrations.Approve']]))).toBe(200);
    expect(await status(principal([['mine', 'ana'], ['own', 'Migrations.Approve']], { name_typ: 'mine', role_typ: 'own' }))).toBe(200);
  });

  it('turns away who is not signed in or has another role', async () => {
    expect(await status({})).toEqual([401, 'signInNeeded']);
    expect(await status({ 'x-ms-client-principal': 'bm90IGpzb24=' })).toEqual([401, 'signInNeeded']);
    expect(await status({ 'x-ms-client-principal-name': 'ana@fabrikam.com' })).toEqual([401, 'signInNeeded']);
    expect(await status(principal([['roles', 'Migrations.Approve']]))).toEqual([401, 'signInNeeded']);
    expect(await status(principal([['preferred_username', 'ana@fabrikam.com'], ['roles', 'Migrations.Read'], ['groups', 'Migrations.Approve']]))).toEqual([403, 'roleMissing']);
  });

  it('knows the caller by name', () => {
    const headers = principal([['preferred_username', 'ana@fabrikam.com'], ['roles', 'Migrations.Approve']]);
    expect(callerOf(request(headers), { authentication: 'entra' })).toEqual({ name: 'ana@fabrikam.com', roles: ['Migrations.Approve'] });
  });
});

describe('with function keys', () => {
  it('leaves the key to the platform and believes no header about who calls', () => {
    const headers = { ...principal([['preferred_username', 'ana@fabrikam.com'], ['roles', 'Migrations.Approve']]), 'x-ms-client-principal-name': 'ana@fabrikam.com' };
    expect(route('functionKey').authLevel).toBe('function');
    expect(callerOf(request(headers), { authentication: 'functionKey' })).toBeUndefined();
  });
});
