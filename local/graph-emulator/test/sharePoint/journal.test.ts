import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../temporaryDir.ts';
import { callsTo } from '../faults/faultLog.ts';
import { sourceTenantId } from '../testGraph.ts';
import {
  after,
  groupParameters,
  removal,
  siteParameters,
  tasksPath,
  TestSharePoint,
  userMapPath,
  userMapping,
  userParameters,
} from './testSharePoint.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = temporaryDir();
});

describe('an emulator with a data folder', () => {
  it('has the same tasks after a restart', async () => {
    const sharePoint = {
      sources: [
        { source: '^lee@', failed: { code: 'MnATargetUserDoesNotExist' }, failedTimes: 1 },
        { source: 'legal', refused: 'noTrust', refusedTimes: 2 },
      ],
    };
    const before = new TestSharePoint({ dataDir, sharePoint });
    const ids = [
      await before.created(),
      await before.created(siteParameters()),
      await before.created(groupParameters('sales', { preferredStartDateTime: after(120) })),
    ];
    await before.cancel(ids[1] ?? '');
    expect((await before.create(siteParameters('legal'))).status).toBe(422);
    before.advance(20);

    const later = new TestSharePoint({ dataDir, sharePoint, clock: before.graph.clock });
    for (const minutes of [0, 60, 60, 120]) {
      before.advance(minutes);
      for (const id of ids)
        expect((await later.get(`/${id}`)).body).toEqual((await before.get(`/${id}`)).body);
    }
    expect(await Promise.all(ids.map((id) => later.status(id)))).toEqual([
      'failed',
      'cancelled',
      'completed',
    ]);
    expect(
      (await later.get("/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')"))
        .body,
    ).toMatchObject({ id: ids[0] });
    // What was counted goes on to count.
    expect([
      (await later.create(siteParameters('legal'))).status,
      (await later.create(siteParameters('legal'))).status,
    ]).toEqual([422, 200]);
    const second = await later.created();
    later.advance(70);
    expect(await later.status(second)).toBe('completed');
  });

  it('has the same identity mappings', async () => {
    const before = new TestSharePoint({ dataDir });
    await before.patchUsers(userMapping(), userMapping('kim'));
    await before.patchUsers(removal('kim'), userMapping('max'));
    const later = new TestSharePoint({ dataDir, clock: before.graph.clock });
    for (const name of ['lee', 'kim', 'max']) {
      const path = `${userMapPath}(sourceUserPrincipalName='${name}@contoso.com')`;
      const [one, other] = [await before.call('GET', path), await later.call('GET', path)];
      expect([name, other.status]).toEqual([name, name === 'kim' ? 404 : 200]);
      if (other.status === 200) expect(other.body).toEqual(one.body);
    }
  });

  it('removes a line that a crash cut off, and appends after it', async () => {
    const before = new TestSharePoint({ dataDir });
    const id = await before.created();
    const file = join(dataDir, 'sharePointTasks.jsonl');
    const whole = readFileSync(file, 'utf8');
    appendFileSync(file, '{"kind":"cancelled","id":"');
    const later = new TestSharePoint({ dataDir, clock: before.graph.clock });
    expect(await later.status(id)).toBe('notStarted');
    expect((await later.cancel(id)).status).toBe(204);
    expect(readFileSync(file, 'utf8').startsWith(whole)).toBe(true);
    expect(await new TestSharePoint({ dataDir, clock: before.graph.clock }).status(id)).toBe(
      'cancelled',
    );
  });
});

describe('the inspection paths', () => {
  it('show every task, including ended ones', async () => {
    const sharePoint = new TestSharePoint();
    const first = await sharePoint.created();
    await sharePoint.cancel(first);
    const second = await sharePoint.created(siteParameters());
    const response = await sharePoint.graph.fetch(
      new Request('http://graph.test/_emulator/sharePointTasks'),
    );
    expect(await response.json()).toMatchObject({
      value: [
        { id: second, status: 'notStarted', sourceTenantId, parameters: siteParameters() },
        { id: first, status: 'cancelled', sourceTenantId, parameters: userParameters() },
      ],
    });
  });

  it('log the effect of each request', async () => {
    const sharePoint = new TestSharePoint();
    const id = await sharePoint.created();
    await sharePoint.create(userParameters());
    await sharePoint.create(userParameters('kim', { validateOnly: true }));
    await sharePoint.cancel(id);
    await sharePoint.cancel(id);
    await sharePoint.patchUsers(userMapping(), userMapping('kim'));
    const entries = await callsTo(sharePoint.graph.emulator);
    expect(
      entries.map(({ method, path, status, effect }) => [
        method,
        path.replace(id, 'id'),
        status,
        effect?.replace(id, 'id'),
      ]),
    ).toEqual([
      ['POST', tasksPath, 200, 'createTask id'],
      ['POST', tasksPath, 200, undefined],
      ['POST', tasksPath, 200, undefined],
      ['POST', `${tasksPath}/id/cancel`, 204, 'cancelTask id'],
      ['POST', `${tasksPath}/id/cancel`, 409, undefined],
      ['PATCH', userMapPath, 200, 'patch crossOrganizationUserMappings 2'],
    ]);
  });
});
