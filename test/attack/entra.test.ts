import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryStores, type MemoryStores } from '../../local/storage/memoryStores.ts';
import { type Role, roleSchema } from '../../shared/contracts/role.ts';
import { aMigration, taken } from '../shared/storage/sampleRows.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { user } from './rightRequests.ts';
import type { Answer } from './send.ts';

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores(), authentication: 'entra' });
});
afterAll(() => app.close());

/** The role that a route needs, by what it does. */
const needed = (name: string): Role => {
  if (['postApprove', 'postReject', 'postFreeze', 'postUnfreeze'].includes(name)) return 'Migrations.Approve';
  if (name === 'postDeleteJobs') return 'Migrations.Delete';
  return /^(?:get|list|health)/.test(name) ? 'Migrations.Read' : 'Migrations.Submit';
};
const open: readonly string[] = ['getOpenApi', 'healthLive'];
const signedIn = (roles: readonly string[], claims: readonly object[] = [{ typ: 'preferred_username', val: 'ana@fabrikam.com' }]): Record<string, string> => ({
  'x-ms-client-principal': Buffer.from(JSON.stringify({ claims: [...claims, ...roles.map((val) => ({ typ: 'roles', val }))] })).toString('base64'),
});
const ask = (name: string, headers: Readonly<Record<string, string>>): Promise<Answer> => {
  const found = app.functions.find((http) => http.name === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return app.send({ method: found.methods[0] ?? 'GET', path: `/${found.template.replace('{id}', 'm-none').replace('{rejectionId}', 'r').replace('{taskId}', user(1))}`, headers });
};
const guarded = (): string[] => app.functions.map(({ name }) => name).filter((name) => !open.includes(name));

describe('with Entra', () => {
  it('every route but the OpenAPI document and the bare health needs its one role, and no other will do', async () => {
    for (const name of guarded()) {
      for (const role of roleSchema.options) {
        const { status } = await ask(name, signedIn([role]));
        expect([name, role, status === 403]).toEqual([name, role, role !== needed(name)]);
        expect(status).not.toBe(401);
      }
      expect((await ask(name, signedIn(['migrations.read', 'Migrations.*', 'Migrations', '', 'Migrations.Submit ', 'Owner', 'constructor']))).status).toBe(403);
      expect((await ask(name, signedIn([...roleSchema.options]))).status).not.toBe(403);
    }
    for (const name of open) expect((await ask(name, {})).status).toBe(200);
  });

  it('nobody who is not signed in gets in, whatever he sends instead', async () => {
    const claims = Buffer.from(JSON.stringify({ claims: [{ typ: 'roles', val: 'Migrations.Read' }] })).toString('base64');
    const others: readonly Readonly<Record<string, string>>[] = [
      {},
      { 'x-functions-key': 'any' },
      { 'x-ms-client-principal': '' },
      { 'x-ms-client-principal': 'not base64' },
      { 'x-ms-client-principal': Buffer.from('{"claims":{}}').toString('base64') },
      { 'x-ms-client-principal': claims },
      { 'x-ms-client-principal-name': 'ana@fabrikam.com', 'x-ms-client-principal-id': user(1) },
      { authorization: 'Bearer e30.e30.' },
    ];
    for (const name of guarded()) for (const headers of others) expect([name, headers, (await ask(name, headers)).status]).toEqual([name, headers, 401]);
  });

  it('the caller is who the platform says, not who the body says, and cannot approve what is his own', async () => {
    await app.stores.migrations.accept(taken(aMigration('m-own', { phase: 'running', requestedBy: 'ana@fabrikam.com', approvalHours: 24 })));
    const approve = (name: string, by: string): Promise<Answer> =>
      app.send({ method: 'POST', path: '/api/migrations/m-own/approve', headers: signedIn(['Migrations.Approve'], [{ typ: 'preferred_username', val: name }]), body: JSON.stringify({ by }) });
    for (const name of ['ana@fabrikam.com', 'ANA@fabrikam.com', ' ana@fabrikam.com ', 'ａna@fabrikam.com']) {
      const answer = await approve(name, 'lee@fabrikam.com');
      expect([name, answer.status]).toEqual([name, 403]);
    }
    expect((await approve('kim@fabrikam.com', 'ana@fabrikam.com')).status).toBe(202);
    expect((await app.stores.commands.book('m-own')).decision?.by).toBe('kim@fabrikam.com');
  });

  it('the name of the caller is kept as rows can hold it', async () => {
    await app.stores.migrations.accept(taken(aMigration('m-named', { phase: 'running', approvalHours: 24 })));
    const headers = signedIn(['Migrations.Approve'], [{ typ: 'preferred_username', val: `\u0000${'a'.repeat(254)}\u{1f600}` }]);
    expect((await app.send({ method: 'POST', path: '/api/migrations/m-named/approve', headers, body: '{"by":"x"}' })).status).toBe(202);
    expect((await app.stores.commands.book('m-named')).decision?.by).toBe(` ${'a'.repeat(254)}\ufffd`);
  });
});
