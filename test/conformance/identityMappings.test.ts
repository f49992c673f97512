import { expect } from 'vitest';
import { codesOf, sourceTenantId } from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openSharePoint } from './openSharePoint.ts';

const mapped = (n: number) => ({
  sourceOrganizationId: sourceTenantId,
  userType: 'regularUser' as const,
  sourceUserIdentity: { userPrincipalName: `user${String(n)}@contoso.com` },
  targetUserIdentity: { userPrincipalName: `user${String(n)}@fabrikam.com` },
  targetUserMigrationData: { email: `user${String(n)}@fabrikam.com` },
});
const removed = (n: number) => ({
  sourceOrganizationId: sourceTenantId,
  sourceUserIdentity: { userPrincipalName: `user${String(n)}@contoso.com` },
  '@removed': { reason: 'deleted' as const },
});
const delta = (value: readonly object[]): object => ({ '@context': '#$delta', value });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const keyOf = (n: number): string =>
  `crossOrganizationUserMappings(sourceUserPrincipalName='user${String(n)}%40contoso.com')`;

conformanceCase(72, async () => {
  const { mapping, client, asked } = await openSharePoint();
  const refused = await mapping(
    'PATCH',
    'crossOrganizationUserMappings',
    delta(upTo(51).map(mapped)),
  );
  expect(refused.status).toBe(400);
  expect(codesOf(refused)[0]).not.toBe('');
  expect((await mapping('GET', keyOf(1))).status).toBe(404);
  expect(
    (await mapping('PATCH', 'crossOrganizationUserMappings', delta(upTo(50).map(mapped)))).status,
  ).toBe(200);
  const mixed = await mapping(
    'PATCH',
    'crossOrganizationUserMappings',
    delta([...upTo(25).map(removed), ...upTo(25).map((n) => mapped(n + 50))]),
  );
  expect([mixed.status, mixed.body]).toMatchObject([
    200,
    { value: expect.any(Array) as unknown[] },
  ]);
  expect(
    (await Promise.all([1, 26, 75, 76].map(async (n) => mapping('GET', keyOf(n))))).map(
      ({ status }) => status,
    ),
  ).toEqual([404, 200, 200, 404]);

  // The client cuts what is longer into pieces that are taken.
  const before = (await asked()).length;
  expect(await client.patchUserMappings(upTo(120).map((n) => mapped(n + 200)))).toMatchObject({
    kind: 'done',
  });
  expect((await asked()).slice(before).map(({ method, status }) => [method, status])).toEqual([
    ['PATCH', 200],
    ['PATCH', 200],
    ['PATCH', 200],
  ]);
  expect(await client.getUserMapping('user320@contoso.com')).toMatchObject({
    kind: 'done',
    value: { target: 'user320@fabrikam.com' },
  });
});

conformanceCase(73, async () => {
  const { mapping, client } = await openSharePoint();
  expect(
    (await mapping('PATCH', 'crossOrganizationUserMappings', delta([mapped(1), mapped(2)]))).status,
  ).toBe(200);
  const found = await mapping('GET', keyOf(1));
  expect([found.status, found.body]).toMatchObject([200, mapped(1)]);
  expect(await client.getUserMapping('user1@contoso.com')).toMatchObject({
    kind: 'done',
    value: { target: 'user1@fabrikam.com' },
  });
  expect(
    (await mapping('PATCH', 'crossOrganizationUserMappings', delta([removed(1)]))).status,
  ).toBe(200);
  expect((await mapping('GET', keyOf(1))).status).toBe(404);
  expect(await client.getUserMapping('user1@contoso.com')).toMatchObject({ kind: 'notFound' });
  expect((await mapping('GET', keyOf(2))).status).toBe(200);
});
