import { describe, expect, it } from 'vitest';
import { planMigration } from '../../../orchestrations/migration/plan.ts';
import type { OutcomeEvent } from '../../../shared/contracts/outcomeEvent.ts';
import { acceptRequest } from '../../../shared/intake/acceptRequest.ts';
import { acceptMessage } from '../../../shared/intake/messages.ts';
import { rejectionId } from '../../../shared/intake/rejections.ts';
import { sweep } from '../../../orchestrations/sweep.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { noJobs } from '../../orchestrations/noJobs.ts';

const acceptedMs = Date.parse('2026-11-20T08:00:00Z');
const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

function intake() {
  const stores = createMemoryStores();
  const started: string[] = [];
  const services = {
    stores,
    nowMs: () => acceptedMs,
    targetTenantId: '99999999-8888-7777-6666-555555555555',
    batchSize: 100,
    maxRequestBytes: 1_000,
    start: (migrationId: string) => {
      started.push(migrationId);
      return Promise.resolve();
    },
  };
  return { stores, started, services };
}

const request = (changes: object = {}): Record<string, unknown> => ({
  kind: 'users',
  name: 'wave07',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  users: [user(1), { targetUserId: user(2), sourceUserPrincipalName: 'lee@contoso.com' }],
  exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  ...changes,
});

describe('acceptRequest', () => {
  it('keeps the request, writes the row and starts the migration', async () => {
    const { stores, started, services } = intake();
    const accepted = await acceptRequest(request(), undefined, services);
    expect(accepted).toMatchObject({
      kind: 'accepted',
      migration: {
        name: 'wave07',
        phase: 'accepted',
        taskCount: 2,
        batchCount: 1,
        acceptedAt: '2026-11-20T08:00:00.000Z',
      },
    });
    const id = accepted.kind === 'accepted' ? accepted.migration.id : '';
    expect(id).toMatch(/^wave07-[0-9a-f]{10}$/);
    expect(started).toEqual([id]);
    expect(await stores.requests.load(id)).toMatchObject({
      kind: 'users',
      users: [{ targetUserId: user(1) }, { targetUserId: user(2) }],
    });
  });

  it('takes the same request again as the same migration, and does not start it twice once it runs', async () => {
    const { stores, started, services } = intake();
    const first = await acceptRequest(request(), undefined, services);
    const id = first.kind === 'accepted' ? first.migration.id : '';
    await stores.migrations.update(id, { phase: 'running' });
    expect(await acceptRequest(request(), undefined, services)).toMatchObject({
      kind: 'accepted',
      migration: { id, phase: 'running' },
    });
    expect(started).toEqual([id]);
  });

  it('finishes what a crash between claim and start has left', async () => {
    const { stores, started, services } = intake();
    const first = await acceptRequest(request(), undefined, {
      ...services,
      start: () => Promise.reject(new Error('crash')),
    }).catch((error: unknown) => error);
    expect(first).toBeInstanceOf(Error);
    const again = await acceptRequest(request(), undefined, services);
    expect(started).toEqual([again.kind === 'accepted' ? again.migration.id : '']);
    expect((await stores.migrations.list({ pageSize: 10 })).items).toHaveLength(1);
  });

  it('leaves nothing behind that the sweep does not start, wherever a crash comes', async () => {
    const { stores, started, services } = intake();
    const crash = (): Promise<never> => Promise.reject(new Error('crash'));
    const dying = { ...stores, migrations: { ...stores.migrations, accept: crash } };
    await expect(
      acceptRequest(request(), 'before', { ...services, stores: dying }),
    ).rejects.toThrow('crash');
    await expect(acceptRequest(request(), 'after', { ...services, start: crash })).rejects.toThrow(
      'crash',
    );
    const later = {
      ...services,
      nowMs: () => acceptedMs + 600_000,
      startRun: crash,
      resume: crash,
      statusOf: crash,
    };
    expect(await sweep(later)).toEqual({ started: 1, resumed: 0 });
    expect((await stores.migrations.list({ pageSize: 10 })).items.map(({ id }) => id)).toEqual(
      started,
    );
    expect(await stores.requests.load(started[0] ?? '')).toMatchObject({ name: 'wave07' });
  });

  it('keeps a large request from whoever comes with another one under its name', async () => {
    const { stores, started, services } = intake();
    const users = (from: number): string[] =>
      Array.from({ length: 1_000 }, (_, n) => user(from + n));
    await acceptRequest(request({ users: users(1) }), undefined, services);
    expect(await acceptRequest(request({ users: users(2) }), undefined, services)).toEqual({
      kind: 'conflict',
      migrationId: started[0],
    });
    expect(await acceptRequest(request({ users: users(1) }), undefined, services)).toMatchObject({
      kind: 'accepted',
      migration: { id: started[0], taskCount: 1_000, batchCount: 10 },
    });
    expect(await stores.requests.load(started[0] ?? '')).toMatchObject({
      users: users(1).map((targetUserId) => ({ targetUserId })),
    });
  });

  it('refuses another request under the same name or key', async () => {
    const { services } = intake();
    await acceptRequest(request(), undefined, services);
    expect(await acceptRequest(request({ users: [user(3)] }), undefined, services)).toMatchObject({
      kind: 'conflict',
    });
    await acceptRequest(request(), 'key-1', services);
    expect(await acceptRequest(request({ name: 'wave08' }), 'key-1', services)).toMatchObject({
      kind: 'conflict',
    });
  });

  it('lets two keys use one name', async () => {
    const { started, services } = intake();
    await acceptRequest(request(), 'key-1', services);
    await acceptRequest(request(), 'key-2', services);
    expect(new Set(started).size).toBe(2);
  });

  it('judges a repetition by the instant of its acceptance', async () => {
    const { services } = intake();
    const body = request({ completeAfterDateTime: '2026-11-21T08:00:00Z' });
    const first = await acceptRequest(body, undefined, services);
    const later = { ...services, nowMs: () => acceptedMs + 30 * 86_400_000 };
    expect(await acceptRequest(body, undefined, later)).toEqual(first);
    expect(await acceptRequest({ ...body, name: 'wave08' }, undefined, later)).toEqual({
      kind: 'invalid',
      errors: [
        {
          path: 'completeAfterDateTime',
          message: expect.stringContaining('must be in the future') as string,
        },
      ],
    });
  });

  it('names every bad field at once, those of the shape and those between fields', async () => {
    const { started, services } = intake();
    const body = request({
      nmae: 1,
      users: [user(1), 'nobody', user(1)],
      workloads: ['Meeting', 'Exchange'],
      exchangeSettings: undefined,
      completeAfterDateTime: '2020-01-01T00:00:00Z',
    });
    const refused = await acceptRequest(body, undefined, services);
    expect(refused.kind === 'invalid' ? refused.errors.map(({ path }) => path).sort() : []).toEqual(
      ['completeAfterDateTime', 'exchangeSettings', 'nmae', 'users[1]', 'users[2]', 'workloads'],
    );
    expect(started).toEqual([]);
  });
});

describe('acceptMessage', () => {
  const text = (body: unknown): string => JSON.stringify(body);
  const rejected = async (message: string) => {
    const under = intake();
    const outcome = await acceptMessage({ text: message }, under.services);
    return { ...under, outcome };
  };

  it('accepts a request, and one that lies in a blob', async () => {
    const { stores, started, services } = intake();
    expect((await acceptMessage({ text: text(request()) }, services)).kind).toBe('accepted');
    stores.putInbox('big.json', text(request({ name: 'big' })));
    expect((await acceptMessage({ text: text({ requestBlob: 'big.json' }) }, services)).kind).toBe(
      'accepted',
    );
    expect(started).toHaveLength(2);
  });

  it.each([
    ['what is no JSON', '{', 'notJson', []],
    ['a bad request', text(request({ users: [] })), 'invalidRequest', ['users']],
    ['a blob that is missing', text({ requestBlob: 'none.json' }), 'requestBlobMissing', []],
    [
      'a reference with more in it',
      text({ requestBlob: 'none.json', name: 'x' }),
      'invalidRequest',
      ['exchangeSettings', 'kind', 'requestBlob', 'sourceTenantId', 'users'],
    ],
  ])(
    'records %s with its reasons, its text and an event, and is done with it',
    async (_, message, code, paths) => {
      const { outcome, stores, started } = await rejected(message);
      expect(outcome).toMatchObject({
        kind: 'rejected',
        rejection: { id: rejectionId(message), source: 'queue', code },
      });
      const [stored] = (await stores.rejections.list({ pageSize: 5 })).items;
      expect(stored?.errors.map(({ path }) => path).sort()).toEqual(paths);
      expect(stores.rejectedTexts.get(rejectionId(message))).toBe(message);
      expect(stores.sent.map((event) => (event as OutcomeEvent).type)).toEqual([
        'tenant-ferry.request.rejected',
      ]);
      expect(started).toEqual([]);
    },
  );

  it('records a blob that is too large', async () => {
    const { stores, services } = intake();
    stores.putInbox('huge.json', 'x'.repeat(1_001));
    expect(
      await acceptMessage({ text: text({ requestBlob: 'huge.json' }) }, services),
    ).toMatchObject({ rejection: { code: 'requestTooLarge' } });
  });

  it('records a name that stands for another request', async () => {
    const { services } = intake();
    await acceptMessage({ text: text(request()) }, services);
    expect(
      await acceptMessage({ text: text(request({ users: [user(9)] })) }, services),
    ).toMatchObject({ rejection: { code: 'conflict' } });
  });

  it('throws what may pass, so that the message comes again', async () => {
    const { services } = intake();
    await expect(
      acceptMessage(
        { text: text(request()) },
        { ...services, start: () => Promise.reject(new Error('out of reach')) },
      ),
    ).rejects.toThrow('out of reach');
  });
});

describe('a request whose users another migration has or has moved', () => {
  const at = '2026-11-19T08:00:00.000Z';
  const elsewhere = { migrationId: 'other-wave', batchId: 'b001', run: 1 };
  const reserve = async (
    stores: ReturnType<typeof intake>['stores'],
    holder: typeof elsewhere,
    ...keys: string[]
  ): Promise<void> => {
    await stores.users.reserve(
      holder,
      keys.map((key) => ({ key, moveAgain: false })),
      at,
    );
  };
  const move = async (
    stores: ReturnType<typeof intake>['stores'],
    ...keys: string[]
  ): Promise<void> => {
    await reserve(stores, elsewhere, ...keys);
    await stores.users.release(
      elsewhere,
      keys.map((key) => ({ key, isMoved: true })),
      at,
    );
  };

  it('is refused with each of them and the other migration, and nothing of it is kept', async () => {
    const { stores, started, services } = intake();
    await reserve(stores, elsewhere, `user:${user(2)}`);
    expect(await acceptRequest(request(), undefined, services)).toEqual({
      kind: 'usersUnavailable',
      code: 'userUnderWay',
      detail:
        '1 in migration other-wave in progress; remove these entries, or send the request with "onConflict": "leaveOut"',
      errors: [{ path: 'users[1]', message: 'is already in migration other-wave' }],
    });
    await move(stores, `user:${user(3)}`);
    expect(
      await acceptRequest(request({ users: [user(9), user(3)] }), undefined, services),
    ).toMatchObject({
      kind: 'usersUnavailable',
      code: 'userMoved',
      errors: [{ path: 'users[1]' }],
    });
    expect(
      await acceptRequest(request({ users: [user(3), user(2)] }), undefined, services),
    ).toMatchObject({ code: 'userUnderWay', errors: [{ path: 'users[0]' }, { path: 'users[1]' }] });
    expect(started).toEqual([]);
  });

  it.each([
    ['it says to leave them out', { onConflict: 'leaveOut' }],
    ['it only validates', { validateOnly: true }],
    ['it says to move them again', { users: [{ targetUserId: user(3), moveAgain: true }] }],
    ['it says to move everybody again', { users: [user(3)], moveAgain: true }],
  ])('is accepted where %s', async (_, changes) => {
    const { stores, services } = intake();
    await move(stores, `user:${user(3)}`);
    expect(
      (await acceptRequest(request({ users: [user(3)], ...changes }), undefined, services)).kind,
    ).toBe('accepted');
  });

  it('is refused although it says moveAgain, as long as another migration has the user', async () => {
    const { stores, services } = intake();
    await reserve(stores, elsewhere, `user:${user(3)}`);
    expect(
      await acceptRequest(request({ users: [user(3)], moveAgain: true }), undefined, services),
    ).toMatchObject({ code: 'userUnderWay' });
  });

  it('is no conflict with itself, nor with what came after it', async () => {
    const { stores, services } = intake();
    const first = await acceptRequest(request(), undefined, services);
    const id = first.kind === 'accepted' ? first.migration.id : '';
    await reserve(stores, { ...elsewhere, migrationId: id }, `user:${user(1)}`);
    await move(stores, `user:${user(2)}`);
    expect(await acceptRequest(request(), undefined, services)).toEqual(first);
    expect(await acceptMessage({ text: JSON.stringify(request()) }, services)).toEqual({
      kind: 'accepted',
      migrationId: id,
    });
  });

  it('is rejected in the queue, with the same reasons', async () => {
    const { stores, services } = intake();
    await move(stores, `user:${user(1)}`);
    expect(await acceptMessage({ text: JSON.stringify(request()) }, services)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'userMoved', errors: [{ path: 'users[0]' }] },
    });
  });

  it('is told beforehand for up to 5,000 users; above that, planning says it', async () => {
    const { stores, services } = intake();
    let lookedUp = 0;
    const counted = {
      ...stores,
      users: {
        ...stores.users,
        find: (keys: readonly string[]) => ((lookedUp += keys.length), stores.users.find(keys)),
      },
    };
    const many = (count: number): string[] => Array.from({ length: count }, (_, n) => user(n + 1));
    await reserve(stores, elsewhere, `user:${user(5_000)}`);
    expect(
      (
        await acceptRequest(request({ users: many(5_000) }), 'key-1', {
          ...services,
          stores: counted,
        })
      ).kind,
    ).toBe('usersUnavailable');
    expect(
      (
        await acceptRequest(request({ users: many(5_001) }), 'key-2', {
          ...services,
          stores: counted,
        })
      ).kind,
    ).toBe('accepted');
    expect(lookedUp).toBe(5_000);
  });

  it('is refused for the source of a SharePoint task as well', async () => {
    const { stores, services } = intake();
    const sites = {
      kind: 'sharePoint',
      name: 'sites',
      tasks: [
        {
          '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
          targetOrganizationHost: 'https://fabrikam.sharepoint.com',
          sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
          targetSiteUrl: 'https://fabrikam.sharepoint.com/sites/IT',
        },
      ],
    };
    const at = { ...services, sourceTenantId: '11111111-2222-3333-4444-555555555555' };
    const first = await acceptRequest(sites, undefined, at);
    const { id } = first.kind === 'accepted' ? first.migration : { id: '' };
    const plannedBy = {
      stores,
      maxParallelBatches: 1,
      maxQueuedMoves: 1,
      userTaskWrites: false,
      nowMs: at.nowMs,
      warn: () => undefined,
      jobs: noJobs,
    };
    await planMigration({ migrationId: id }, plannedBy);
    expect(await acceptRequest({ ...sites, name: 'sites-again' }, undefined, at)).toMatchObject({
      code: 'userUnderWay',
      errors: [{ path: 'tasks[0]', message: `is already in migration ${id}` }],
    });
  });
});
