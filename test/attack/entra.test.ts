import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Services } from '../../functions/services.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { type Role, roleSchema } from '../../shared/http/auth.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aMigration, anApproval, taken } from '../shared/storage/sampleRows.ts';
import { type AttackedApp, attackedApp, environment } from './attackedApp.ts';
import { user } from './rightRequests.ts';
import type { Answer } from './send.ts';

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores(), authentication: 'entra' });
});
afterAll(() => app.close());

/** The role that a route needs, by what it does. */
const needed = (name: string): Role => {
  if (
    ['approveMigration', 'rejectMigration', 'freezeMigrations', 'unfreezeMigrations'].includes(name)
  )
    return 'Migrations.Approve';
  if (name === 'deleteMigrationJobs') return 'Migrations.Delete';
  return /^(?:get|list|health)/.test(name) ? 'Migrations.Read' : 'Migrations.Submit';
};
const open: readonly string[] = ['getOpenApi', 'healthLive'];
const tenant = '99999999-8888-7777-6666-555555555555';
const person = (n: number, name: string, tid = tenant): readonly object[] => [
  { typ: 'tid', val: tid },
  { typ: 'oid', val: user(n) },
  { typ: 'preferred_username', val: name },
];
const signedIn = (
  roles: readonly string[],
  claims: readonly object[] = person(1, 'ana@fabrikam.com'),
  members: object = {},
): Record<string, string> => ({
  'x-ms-client-principal': Buffer.from(
    JSON.stringify({
      auth_typ: 'aad',
      claims: [...claims, ...roles.map((val) => ({ typ: 'roles', val }))],
      ...members,
    }),
  ).toString('base64'),
});
/** A migration that waits for approval, asked for by person 1. */
const waiting = async (id: string, changes: Partial<Migration> = {}): Promise<void> => {
  await app.stores.migrations.accept(
    taken(
      aMigration(id, {
        phase: 'running',
        requestedBy: 'ana@fabrikam.com',
        requestedById: `${tenant}/${user(1)}`,
        requestedByKind: 'authenticated',
        approvalHours: 24,
        ...changes,
      }),
    ),
  );
  await app.stores.commands.askApproval(anApproval(id, 1));
};
const approve = (id: string, claims: readonly object[], body: object = {}): Promise<Answer> =>
  app.send({
    method: 'POST',
    path: `/api/migrations/${id}/approve`,
    headers: signedIn(['Migrations.Approve'], claims),
    body: JSON.stringify(body),
  });
const ask = (name: string, headers: Readonly<Record<string, string>>): Promise<Answer> => {
  const found = app.functions.find((http) => http.name === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return app.send({
    method: found.methods[0] ?? 'GET',
    path: `/${found.template.replace('{id}', 'm-none').replace('{rejectionId}', 'r').replace('{taskId}', user(1))}`,
    headers,
  });
};
const guarded = (): string[] =>
  app.functions.map(({ name }) => name).filter((name) => !open.includes(name));

describe('with Entra', () => {
  it('every route but the OpenAPI document and the bare health needs its one role, and no other will do', async () => {
    for (const name of guarded()) {
      for (const role of roleSchema.options) {
        const { status } = await ask(name, signedIn([role]));
        expect([name, role, status === 403]).toEqual([name, role, role !== needed(name)]);
        expect(status).not.toBe(401);
      }
      expect(
        (
          await ask(
            name,
            signedIn([
              'migrations.read',
              'Migrations.*',
              'Migrations',
              '',
              'Migrations.Submit ',
              'Owner',
              'constructor',
            ]),
          )
        ).status,
      ).toBe(403);
      expect((await ask(name, signedIn([...roleSchema.options]))).status).not.toBe(403);
    }
    for (const name of open) expect((await ask(name, {})).status).toBe(200);
  });

  it('nobody who is not signed in gets in, whatever he sends instead', async () => {
    const claims = Buffer.from(
      JSON.stringify({ auth_typ: 'aad', claims: [{ typ: 'roles', val: 'Migrations.Read' }] }),
    ).toString('base64');
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
    for (const name of guarded())
      for (const headers of others)
        expect([name, headers, (await ask(name, headers)).status]).toEqual([name, headers, 401]);
  });

  it('a header that names a foreign tenant or another provider opens nothing, whatever roles it claims', async () => {
    const roles = [...roleSchema.options];
    for (const name of guarded()) {
      const foreign = await ask(
        name,
        signedIn(roles, person(1, 'ana@fabrikam.com', '11111111-2222-3333-4444-555555555555')),
      );
      expect([name, foreign.status, foreign.text.includes('tenantNotAllowed')]).toEqual([
        name,
        403,
        true,
      ]);
      for (const claims of [
        [],
        person(1, 'ana@fabrikam.com').slice(0, 1),
        [...person(1, 'a'), ...person(2, 'b')],
      ])
        expect((await ask(name, signedIn(roles, claims))).status).toBe(401);
      expect(
        (await ask(name, signedIn(roles, person(1, 'a'), { auth_typ: 'facebook' }))).status,
      ).toBe(401);
      expect(
        (
          await ask(
            name,
            signedIn([], [...person(1, 'a'), ...roles.map((val) => ({ typ: 'own', val }))], {
              role_typ: 'own',
            }),
          )
        ).status,
      ).toBe(403);
    }
  });

  it('the app does no work where the platform does not vouch for the header', async () => {
    const { createServices } = await vi.importActual<{
      createServices: (environment: Readonly<Record<string, string>>) => Services;
    }>('../../functions/services.ts');
    for (const vouched of [{}, { WEBSITE_AUTH_ENABLED: 'False' }]) {
      const { authentication, misconfigured } = createServices({
        ...environment,
        AUTHENTICATION: 'entra',
        ...vouched,
      });
      // Without a key nobody calls it, whatever header they send.
      expect([authentication, misconfigured]).toEqual([
        'functionKey',
        [
          {
            setting: 'AUTHENTICATION',
            message: expect.stringMatching(/^entra needs App Service authentication/) as string,
          },
        ],
      ]);
    }
  });

  it('the caller is who the platform says, not who the body or a name says, and cannot approve what is their own', async () => {
    await waiting('m-own');
    for (const name of ['ana@fabrikam.com', 'kim@fabrikam.com', 'anything at all']) {
      const answer = await approve('m-own', person(1, name), { by: 'lee@fabrikam.com' });
      expect([name, answer.status]).toEqual([name, 403]);
    }
    // A colleague who is called the same is somebody else; nobody is asked for a name.
    expect((await approve('m-own', person(2, 'ana@fabrikam.com'))).status).toBe(202);
    expect((await app.stores.commands.readLog('m-own')).approvals[0]?.decision).toMatchObject({
      by: 'ana@fabrikam.com',
      byId: `${tenant}/${user(2)}`,
    });
  });

  it('a requester whom a queue message only claims cannot approve under any name of the sign-in', async () => {
    await waiting('m-claimed', {
      requestedBy: 'ana@fabrikam.com',
      requestedById: null,
      requestedByKind: 'claimed',
    });
    const named: readonly (readonly object[])[] = [
      person(1, 'ANA@Fabrikam.com'),
      [...person(1, 'kim@fabrikam.com'), { typ: 'email', val: 'a\u200bna@fabrikam.com' }],
      [...person(1, 'kim@fabrikam.com'), { typ: 'upn', val: 'аna@fabrikam.com.' }],
    ];
    for (const claims of named) expect((await approve('m-claimed', claims)).status).toBe(403);
    expect((await approve('m-claimed', person(2, 'kim@fabrikam.com'))).status).toBe(202);
  });

  it('what a queue message says of its requester is recorded as a claim', async () => {
    const request = {
      kind: 'users',
      name: 'queued',
      sourceTenantId: '11111111-2222-3333-4444-555555555555',
      users: [user(8)],
      workloads: ['Teams'],
      approval: { required: true },
    };
    const nameless = await app.deliver(JSON.stringify(request));
    expect((await app.stores.rejections.get(nameless.id))?.rejection).toMatchObject({
      code: 'invalidRequest',
      errors: [{ path: 'requestedBy' }],
    });
    await app.deliver(JSON.stringify({ ...request, requestedBy: 'lee@fabrikam.com' }));
    expect(
      (await app.stores.migrations.list({ pageSize: 50 })).items.find(
        ({ name }) => name === 'queued',
      ),
    ).toMatchObject({
      requestedBy: 'lee@fabrikam.com',
      requestedById: null,
      requestedByKind: 'claimed',
    });
  });

  it('whoever replays a refused message becomes its requester, beside the one that it claims', async () => {
    const request = {
      kind: 'users',
      name: 'late',
      sourceTenantId: '11111111-2222-3333-4444-555555555555',
      users: [user(9)],
      workloads: ['Teams'],
      requestedBy: 'kim@fabrikam.com',
      approval: { required: true },
    };
    const { id } = await app.deliver(JSON.stringify({ requestBlob: 'late.json' }));
    app.stores.putInbox('late.json', JSON.stringify(request));
    const replayed = await app.send({
      method: 'POST',
      path: `/api/rejections/${id}/replay`,
      headers: signedIn(['Migrations.Submit'], person(3, 'zoe@fabrikam.com')),
    });
    expect(replayed.status).toBe(202);
    const migration = (await app.stores.migrations.list({ pageSize: 50 })).items.find(
      ({ name }) => name === 'late',
    );
    expect(migration).toMatchObject({
      requestedBy: 'zoe@fabrikam.com',
      requestedById: `${tenant}/${user(3)}`,
      requestedByKind: 'authenticated',
      claimedBy: 'kim@fabrikam.com',
    });
    const late = migration?.id ?? '';
    await app.stores.commands.askApproval(anApproval(late, 1));
    expect((await approve(late, person(3, 'zoe@fabrikam.com'))).status).toBe(403);
    expect((await approve(late, person(4, 'kim@fabrikam.com'))).status).toBe(403);
    expect((await approve(late, person(5, 'ana@fabrikam.com'))).status).toBe(202);
  });

  it('the name of the caller is kept as rows can hold it', async () => {
    await waiting('m-named');
    expect((await approve('m-named', person(2, `\u0000${'a'.repeat(254)}\u{1f600}`))).status).toBe(
      202,
    );
    expect((await app.stores.commands.readLog('m-named')).approvals[0]?.decision?.by).toBe(
      ` ${'a'.repeat(254)}\ufffd`,
    );
  });
});
