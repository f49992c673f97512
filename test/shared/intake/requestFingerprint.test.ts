import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type * as Contracts from '../../../shared/contracts/request.ts';
import {
  acceptRequest,
  isFingerprintOf,
  requestFingerprint,
} from '../../../shared/intake/acceptRequest.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';

const release = vi.hoisted(() => ({ isNext: false }));
// The next release has a member more, with a default.
vi.mock('../../../shared/contracts/request.ts', async (original) => {
  const { usersRequestSchema } = await import('../../../shared/contracts/request.ts');
  const contracts = await original<typeof Contracts>();
  const next = usersRequestSchema.extend({ priority: z.int().default(3) });
  return {
    ...contracts,
    get migrationRequestSchema() {
      return release.isNext ? next : contracts.migrationRequestSchema;
    },
  };
});
beforeEach(() => {
  release.isNext = false;
});

const body = (changes: object = {}) => ({
  kind: 'users',
  name: 'wave07',
  sourceTenantId: '11111111-2222-3333-4444-555555555555',
  users: ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'],
  exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  ...changes,
});

function intake() {
  const stores = createMemoryStores();
  const services = {
    stores,
    nowMs: () => Date.parse('2026-11-20T08:00:00Z'),
    targetTenantId: '99999999-8888-7777-6666-555555555555',
    batchSize: 100,
    start: () => Promise.resolve(),
  };
  return { stores, send: (request: unknown) => acceptRequest(request, 'key', services), services };
}

describe('a repetition', () => {
  it.each([
    [false, true],
    [true, false],
  ])(
    'is the same migration in a release with one default more, and in the one before (%s, then %s)',
    async (first, second) => {
      const { stores, send } = intake();
      release.isNext = first;
      const accepted = await send(body());
      expect(accepted.kind).toBe('accepted');
      release.isNext = second;
      expect(await send(body())).toEqual(accepted);
      expect((await stores.migrations.list({ pageSize: 5 })).items).toHaveLength(1);
      expect(await send(body({ users: ['aaaaaaaa-0000-4000-8000-000000000001'] }))).toMatchObject({
        kind: 'conflict',
      });
    },
  );

  it('may have its members in another order, and its users may not', async () => {
    const { send } = intake();
    const accepted = await send(body());
    const { users, exchangeSettings, ...rest } = body();
    expect(
      await send({
        exchangeSettings: {
          targetDeliveryDomain: exchangeSettings.targetDeliveryDomain,
          sourceEndpoint: 'xt',
        },
        users,
        ...rest,
      }),
    ).toEqual(accepted);
    expect(await send(body({ users: users.toReversed() }))).toMatchObject({ kind: 'conflict' });
  });

  it('is taken for one where the claim was made in a way that this release does not know', async () => {
    const { stores, send, services } = intake();
    const accept: typeof stores.migrations.accept = (taken) =>
      stores.migrations.accept({
        ...taken,
        claim: { ...taken.claim, fingerprint: `7-${'0'.repeat(64)}` },
      });
    const accepted = await acceptRequest(body(), 'key', {
      ...services,
      stores: { ...stores, migrations: { ...stores.migrations, accept } },
    });
    expect(await send(body())).toEqual(accepted);
  });
});

it('has its version before its hash, and holds for the same request only', () => {
  expect(requestFingerprint(body())).toMatch(/^1-[0-9a-f]{64}$/);
  expect(isFingerprintOf(requestFingerprint(body()), body())).toBe(true);
  expect(isFingerprintOf(requestFingerprint(body()), body({ name: 'wave08' }))).toBe(false);
  expect(isFingerprintOf('2-abc', body())).toBe(true);
});
