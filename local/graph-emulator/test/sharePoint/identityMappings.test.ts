import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Reply, sourceTenantId, userId } from '../testGraph.ts';
import {
  groupMapPath,
  idOf,
  refusalOf,
  removal,
  TestSharePoint,
  userMapPath,
  userMapping,
  userParameters,
} from './testSharePoint.ts';

const keyed = (name: string): string =>
  `${userMapPath}(sourceUserPrincipalName='${name}@contoso.com')`;
const valueOf = (reply: Reply): unknown[] =>
  z.looseObject({ value: z.array(z.unknown()) }).parse(reply.body).value;

describe('an identity mapping of users', () => {
  it('is made by a delta, read by its source, and changed by the next', async () => {
    const sharePoint = new TestSharePoint();
    const patched = await sharePoint.patchUsers(userMapping(), userMapping('kim'));
    expect([patched.status, valueOf(patched)]).toMatchObject([
      200,
      [userMapping(), userMapping('kim')],
    ]);
    const read = await sharePoint.call('GET', keyed('LEE'));
    expect([read.status, read.body]).toMatchObject([200, userMapping()]);
    const id = idOf(read);
    // Base64, of no meaning to a caller.
    expect(Buffer.from(id, 'base64').toString('base64').replace(/=+$/, '')).toBe(id);
    expect(valueOf(patched)[0]).toEqual({ ...(read.body as object), '@odata.context': undefined });

    await sharePoint.patchUsers({
      id: 'mine',
      sourceUserIdentity: { userPrincipalName: 'Lee@contoso.com' },
      targetUserIdentity: { userPrincipalName: 'new@fabrikam.com' },
    });
    const changed = await sharePoint.call('GET', keyed('lee'));
    expect(changed.body).toMatchObject({
      id,
      userType: 'regularUser',
      sourceOrganizationId: sourceTenantId,
      targetUserIdentity: { userPrincipalName: 'new@fabrikam.com' },
    });
    expect(idOf(await sharePoint.call('GET', keyed('kim')))).not.toBe(id);
  });

  it('is gone after its removal, which may be repeated and mixed with others', async () => {
    const sharePoint = new TestSharePoint();
    await sharePoint.patchUsers(userMapping(), userMapping('kim'));
    const id = idOf(await sharePoint.call('GET', keyed('lee')));
    for (let time = 0; time < 2; time += 1) {
      const reply = await sharePoint.patchUsers(removal(), userMapping('max'));
      expect([reply.status, valueOf(reply)[0]]).toMatchObject([
        200,
        { id, sourceUserIdentity: { userPrincipalName: 'lee@contoso.com' } },
      ]);
    }
    expect(refusalOf(await sharePoint.call('GET', keyed('lee')))).toEqual([404, 'itemNotFound']);
    expect([
      (await sharePoint.call('GET', keyed('kim'))).status,
      (await sharePoint.call('GET', keyed('max'))).status,
    ]).toEqual([200, 200]);
  });

  it('follows the order of its delta', async () => {
    const sharePoint = new TestSharePoint();
    await sharePoint.patchUsers(userMapping('a'), removal('a'), removal('b'), userMapping('b'));
    expect([
      (await sharePoint.call('GET', keyed('a'))).status,
      (await sharePoint.call('GET', keyed('b'))).status,
    ]).toEqual([404, 200]);
    // What was removed lends nothing to what comes after it.
    const bare = { sourceUserIdentity: { userPrincipalName: 'b@contoso.com' } };
    expect(refusalOf(await sharePoint.patchUsers(removal('b'), bare))).toEqual([
      400,
      'invalidRequest',
      'missingProperty',
      'value.1.targetUserIdentity',
    ]);
    expect((await sharePoint.call('GET', keyed('b'))).status).toBe(200);
  });

  it('takes apostrophes, and members by choice', async () => {
    const sharePoint = new TestSharePoint();
    await sharePoint.patchUsers(userMapping("o'neil"));
    const reply = await sharePoint.call('GET', `${keyed("o''neil")}?$select=userType`);
    expect([reply.status, reply.body]).toMatchObject([200, { userType: 'regularUser' }]);
    expect(reply.body).not.toHaveProperty('targetUserIdentity');
    expect((await sharePoint.call('GET', `${keyed("o''neil")}?$select=groupType`)).status).toBe(
      400,
    );
    expect((await sharePoint.call('GET', `${userMapPath}(sourceGroupObjectId='x')`)).status).toBe(
      400,
    );
  });
});

describe('a delta', () => {
  const many = (count: number): unknown[] =>
    Array.from({ length: count }, (_, n) =>
      n % 2 === 0 ? userMapping(`user${String(n)}`) : removal(`user${String(n)}`),
    );

  it('takes fifty items and no more, all or none', async () => {
    const sharePoint = new TestSharePoint();
    expect(refusalOf(await sharePoint.patchUsers(...many(51)))).toEqual([
      400,
      'invalidRequest',
      'maxThresholdFailed',
      'value',
    ]);
    expect((await sharePoint.call('GET', keyed('user0'))).status).toBe(404);
    const reply = await sharePoint.patchUsers(...many(50));
    expect([reply.status, valueOf(reply).length]).toEqual([200, 50]);
    expect((await sharePoint.call('GET', keyed('user48'))).status).toBe(200);
  });

  it.each([
    [
      'no source',
      [userMapping(), userMapping('kim', { sourceUserIdentity: undefined })],
      'value.1.sourceUserIdentity',
    ],
    [
      'no target',
      [userMapping(), userMapping('kim', { targetUserIdentity: undefined })],
      'value.1.targetUserIdentity',
    ],
    ['an unknown type of user', [userMapping('kim', { userType: 'robot' })], 'value.0.userType'],
    ['a group member', [userMapping('kim', { groupType: 'm365Group' })], 'value.0'],
    [
      'another reason of removal',
      [{ ...removal(), '@removed': { reason: 'changed' } }],
      'value.0.@removed',
    ],
    [
      'a removal without a source',
      [{ '@removed': { reason: 'deleted' } }],
      'value.0.sourceUserIdentity',
    ],
  ])('with %s is refused as a whole', async (_what, value, target) => {
    const sharePoint = new TestSharePoint();
    const refused = refusalOf(await sharePoint.patchUsers(...value));
    expect([refused[0], refused.at(-1)]).toEqual([400, target]);
    expect((await sharePoint.call('GET', keyed('lee'))).status).toBe(404);
  });

  it.each([
    [{ '@context': '#$delta', value: [userMapping()] }, 200],
    [{ '@odata.context': '#$delta', value: [userMapping()] }, 200],
    [
      {
        '@odata.context':
          'https://graph.microsoft.com/beta/$metadata#solutions/sharePoint/migrations/crossOrganizationUserMappings/$delta',
        value: [userMapping()],
      },
      400,
    ],
    [{ '@context': '#$delta', value: [] }, 200],
    [{ value: [userMapping()] }, 400],
    [{ '@context': '$delta', value: [userMapping()] }, 400],
    [{ '@context': '#$delta' }, 400],
    [[userMapping()], 400],
  ])('of the form %o gets %i', async (body, status) => {
    expect((await new TestSharePoint().call('PATCH', userMapPath, body)).status).toBe(status);
  });
});

describe('an identity mapping of groups', () => {
  it('is stored by the id of its source', async () => {
    const sharePoint = new TestSharePoint();
    const mapping = {
      sourceOrganizationId: sourceTenantId,
      groupType: 'm365Group',
      sourceGroupIdentity: { id: userId(1).toUpperCase() },
      targetGroupIdentity: { id: userId(2) },
      targetGroupMigrationData: { mailNickname: 'sales' },
    };
    const patch = (value: unknown) =>
      sharePoint.call('PATCH', groupMapPath, { '@context': '#$delta', value: [value] });
    expect((await patch(mapping)).status).toBe(200);
    const path = `${groupMapPath}(sourceGroupObjectId='${userId(1)}')`;
    expect((await sharePoint.call('GET', path)).body).toMatchObject(mapping);
    expect((await sharePoint.call('GET', `${path}?$select=groupType`)).body).not.toHaveProperty(
      'sourceGroupIdentity',
    );
    expect(
      (await sharePoint.call('GET', `${userMapPath}(sourceUserPrincipalName='${userId(1)}')`))
        .status,
    ).toBe(404);
    await patch({ '@removed': { reason: 'deleted' }, sourceGroupIdentity: { id: userId(1) } });
    expect((await sharePoint.call('GET', path)).status).toBe(404);
  });
});

describe('a task of a user, where the map is asked for', () => {
  it('needs the entry of its source, with the same target', async () => {
    const directory = [{ id: userId(1), userPrincipalName: 'lee@contoso.com' }];
    const sharePoint = new TestSharePoint({
      sharePoint: { directory, switches: { demandIdentityMap: true } },
    });
    const missing = [422, 'invalidRequest', 'MnAIdentityMapEntryDoesNotExistsForSourceUPN'];
    expect(refusalOf(await sharePoint.create(userParameters()))).toEqual(missing);
    expect(
      refusalOf(await sharePoint.create(userParameters('lee', { validateOnly: true }))),
    ).toEqual(missing);
    await sharePoint.patchUsers(
      userMapping('lee', { targetUserIdentity: { userPrincipalName: 'other@fabrikam.com' } }),
    );
    expect(refusalOf(await sharePoint.create(userParameters()))).toEqual([
      422,
      'invalidRequest',
      'MnAIdentityMapEntryDoesNotMatchRequest',
    ]);
    await sharePoint.patchUsers(userMapping());
    const reply = await sharePoint.create(
      userParameters('lee', {
        sourceUserIdentity: { id: userId(1).toUpperCase() },
        targetUserIdentity: { userPrincipalName: 'LEE@fabrikam.com' },
      }),
    );
    expect(reply.status).toBe(200);
    expect(
      refusalOf(
        await sharePoint.create(userParameters('lee', { sourceUserIdentity: { id: userId(2) } })),
      ),
    ).toEqual(missing);
  });
});
