import { expect } from 'vitest';
import { z } from 'zod';
import { SteppedClock } from '../../local/clock/steppedClock.ts';
import type { Interference } from '../../local/graph-emulator/index.ts';
import {
  codesOf,
  hour,
  minute,
  type Reply,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openApp } from './openApp.ts';
import { openSharePoint, type SharePointOverHttp } from './openSharePoint.ts';
import { groupMove, siteMove, userMove } from './sharePointParameters.ts';

const taskSchema = z.looseObject({
  id: z.string().optional(),
  status: z.string(),
  parameters: z.record(z.string(), z.unknown()),
});
const taskOf = (reply: Reply): z.infer<typeof taskSchema> => taskSchema.parse(reply.body);
const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Creates a task and returns its id. */
async function created(
  { task }: SharePointOverHttp,
  parameters: object = userMove,
): Promise<string> {
  const reply = await task('POST', '', { parameters });
  expect(reply.status, reply.text).toBe(200);
  return z.string().parse(taskOf(reply).id);
}

async function statusOf({ task }: SharePointOverHttp, id: string): Promise<string> {
  return taskOf(await task('GET', `/${id}`)).status;
}

/** An instant so many hours after the emulator's now. */
const inHours = ({ graph }: SharePointOverHttp, hours: number): string =>
  new Date(graph.clock.now() + hours * hour).toISOString();

conformanceCase(61, async () => {
  const open = await openSharePoint();
  const reply = await open.task('POST', '', { parameters: userMove });
  expect([reply.status, reply.body]).toMatchObject([
    200,
    { id: expect.stringMatching(guid) as string, status: 'notStarted', parameters: userMove },
  ]);
  const other = { ...userMove, sourceUserIdentity: { userPrincipalName: 'ana@contoso.com' } };
  expect(await open.client.createTask(other)).toMatchObject({
    kind: 'done',
    value: { id: expect.stringMatching(guid) as string, status: 'notStarted', parameters: other },
  });
});

conformanceCase(62, async () => {
  const open = await openSharePoint({
    directory: [{ id: userId(1), userPrincipalName: 'lee@contoso.com' }],
  });
  const byId = {
    ...userMove,
    sourceUserIdentity: { id: userId(1) },
    targetUserIdentity: { id: userId(2) },
    targetDataLocationCode: null,
  };
  const reply = await open.task('POST', '', { parameters: byId });
  expect([reply.status, reply.body]).toMatchObject([
    200,
    { id: expect.stringMatching(guid) as string, status: 'notStarted' },
  ]);
  // What was left out may be filled in; what was said stays.
  expect(taskOf(reply).parameters).toEqual({
    ...byId,
    sourceUserIdentity: { id: userId(1), userPrincipalName: 'lee@contoso.com' },
    targetDataLocationCode: 'FRA',
  });
  const plain = await openSharePoint({
    switches: { fillInIdentities: false, defaultDataLocation: null },
  });
  expect(taskOf(await plain.task('POST', '', { parameters: byId })).parameters).toEqual(byId);
  expect(await open.client.createTask(byId)).toMatchObject({
    kind: 'done',
    value: { id: taskOf(reply).id, status: 'notStarted' },
  });
});

conformanceCase(63, async () => {
  const open = await openSharePoint({ switches: { maxQueuedMoves: 1 } });
  const validation = { ...userMove, validateOnly: true };
  for (let times = 0; times < 2; times += 1) {
    const reply = await open.task('POST', '', { parameters: validation });
    expect([reply.status, reply.body]).toMatchObject([
      200,
      { status: 'completed', parameters: validation },
    ]);
    expect(reply.body).not.toHaveProperty('id');
  }
  expect(await open.client.createTask(validation)).toMatchObject({
    kind: 'done',
    value: { id: null, status: 'completed' },
  });
  expect(await open.client.getTaskByUser('lee@contoso.com')).toMatchObject({ kind: 'notFound' });
  // The queue of one still has its place.
  await created(open, siteMove);
});

conformanceCase(64, async () => {
  const open = await openSharePoint();
  const { '@odata.type': type, ...untyped } = userMove;
  for (const parameters of [
    untyped,
    { ...untyped, '@odata.type': type.replace('Task', '') },
    { ...untyped, '@odata.type': '#microsoft.graph.crossOrganizationMigrationParameters' },
  ]) {
    const reply = await open.task('POST', '', { parameters });
    expect(reply.status).toBe(400);
    expect(codesOf(reply)[0]).not.toBe('');
  }
  expect((await open.task('POST', '', {})).status).toBe(400);
  expect(await open.client.getTaskByUser('lee@contoso.com')).toMatchObject({ kind: 'notFound' });
});

conformanceCase(65, async () => {
  const open = await openSharePoint();
  const start = inHours(open, 2);
  for (const latest of [start, inHours(open, 1)]) {
    expect(
      (
        await open.task('POST', '', {
          parameters: {
            ...userMove,
            preferredStartDateTime: start,
            preferredLatestStartDateTime: latest,
          },
        })
      ).status,
    ).toBe(400);
  }
  await created(open, {
    ...userMove,
    preferredStartDateTime: start,
    preferredLatestStartDateTime: inHours(open, 3),
  });
});

conformanceCase(66, async () => {
  const open = await openSharePoint();
  // It waits in the queue for an hour, and its time is over after half of that.
  const id = await created(open, { ...userMove, preferredLatestStartDateTime: inHours(open, 0.5) });
  const inTime = await created(open, {
    ...siteMove,
    preferredLatestStartDateTime: inHours(open, 1.5),
  });
  open.graph.clock.advance(29 * minute);
  expect(await statusOf(open, id)).toBe('notStarted');
  open.graph.clock.advance(2 * minute);
  expect(await statusOf(open, id)).toBe('cancelled');
  open.graph.clock.advance(hour);
  expect([await statusOf(open, id), await statusOf(open, inTime)]).toEqual([
    'cancelled',
    'inProgress',
  ]);
});

conformanceCase(67, async () => {
  const open = await openSharePoint();
  const now = open.graph.clock.now();
  const id = await created(open, { ...userMove, preferredStartDateTime: inHours(open, 48) });
  const seen = new Set<string>();
  while (open.graph.clock.now() < now + 48 * hour) {
    seen.add(await statusOf(open, id));
    open.graph.clock.advance(hour);
  }
  expect([...seen]).toEqual(['notStarted']);
  open.graph.clock.advance(2 * hour);
  expect(await statusOf(open, id)).toBe('inProgress');
  open.graph.clock.advance(2 * hour);
  expect(await statusOf(open, id)).toBe('completed');
});

conformanceCase(68, async () => {
  const open = await openSharePoint();
  const [user, group, site] = [
    await created(open),
    await created(open, groupMove),
    await created(open, siteMove),
  ];
  const quoted = (value: string): string => `'${encodeURIComponent(value.replaceAll("'", "''"))}'`;
  for (const [id, path] of [
    [user, `/getBySourceUserPrincipalName(sourcePrincipalName=${quoted('lee@contoso.com')})`],
    [group, `/getBySourceGroupMailNickname(sourceGroupMailNickname=${quoted('hr-team')})`],
    [site, `/getBySourceSiteUrl(sourceSiteUrl=${quoted(siteMove.sourceSiteUrl)})`],
  ] as const) {
    const [found, byId] = [await open.task('GET', path), await open.task('GET', `/${id}`)];
    expect([found.status, byId.status, found.body]).toEqual([200, 200, byId.body]);
    expect(found.body).toMatchObject({ id });
  }
  expect(await open.client.getTaskByUser('lee@contoso.com')).toMatchObject({ value: { id: user } });
  expect(await open.client.getTaskByGroup('hr-team')).toMatchObject({ value: { id: group } });
  expect(await open.client.getTaskBySite(siteMove.sourceSiteUrl)).toMatchObject({
    value: { id: site },
  });
});

conformanceCase(69, async () => {
  const open = await openSharePoint();
  const unknown = await open.task('GET', '/dddddddd-0000-4000-8000-000000000001');
  expect(unknown.status).toBe(404);
  expect(codesOf(unknown)[0]).not.toBe('');
  expect(await open.client.getTask('dddddddd-0000-4000-8000-000000000001')).toMatchObject({
    kind: 'notFound',
  });
  const apart = await openSharePoint({ switches: { noTrust: true } });
  expect((await apart.task('POST', '', { parameters: userMove })).status).toBe(422);
  expect((await apart.task('GET', `/${userId(1)}`)).status).toBe(422);
  expect(await apart.client.createTask(userMove)).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 422 },
  });
});

conformanceCase(70, async () => {
  const open = await openSharePoint();
  const id = await created(open);
  const reply = await open.task('POST', `/${id}/cancel`);
  expect([reply.status, reply.text]).toEqual([204, '']);
  expect(await statusOf(open, id)).toBe('cancelled');
  const running = await created(open, siteMove);
  open.graph.clock.advance(hour + minute);
  expect(await statusOf(open, running)).toBe('inProgress');
  expect((await open.task('POST', `/${running}/cancel`)).status).toBe(409);
  expect(await open.client.cancelTask(running)).toMatchObject({ kind: 'conflict' });
  open.graph.clock.advance(2 * hour);
  expect(await statusOf(open, running)).toBe('completed');
  expect(await open.client.cancelTask(await created(open, groupMove))).toMatchObject({
    kind: 'done',
  });
});

conformanceCase(71, async () => {
  const open = await openSharePoint({ switches: { sameFarm: true } });
  expect((await open.task('POST', '', { parameters: userMove })).status).toBe(501);
  const before = (await open.asked()).length;
  expect(await open.client.createTask(userMove)).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 501 },
  });
  expect((await open.asked()).slice(before).map(({ method, status }) => [method, status])).toEqual([
    ['POST', 501],
  ]);

  const app = await openApp({ scenario: { sharePoint: { switches: { sameFarm: true } } } });
  const id = await app.acceptSharePoint([userMove]);
  await app.engine.settle();
  expect(
    (await app.log())
      .filter(({ method, path }) => method === 'POST' && path.endsWith('Tasks'))
      .map(({ status }) => status),
  ).toEqual([501]);
  expect(await app.migration(id)).toMatchObject({ phase: 'failed', counts: { failed: 1 } });
});

conformanceCase(74, async () => {
  const open = await openSharePoint(
    { switches: { unpaddedMonths: true } },
    { clock: new SteppedClock(Date.parse('2026-07-18T09:08:04.451Z')) },
  );
  const id = await created(open);
  const seen = new Set<string>();
  for (let polls = 0; polls < 20; polls += 1) {
    const read = await open.client.getTask(id);
    if (read.kind !== 'done') throw new Error(`get answered ${read.kind}`);
    expect(read.value.lastUpdatedDateTime).toMatch(/^2026-7-18T/);
    seen.add(read.value.status);
    open.graph.clock.advance(15 * minute);
  }
  expect([...seen]).toEqual(['notStarted', 'inProgress', 'completed']);
  expect(await open.client.getTaskByUser('lee@contoso.com')).toMatchObject({
    value: { status: 'completed', finishedDateTime: '2026-7-18T12:08:04.451Z' },
  });

  // The whole app on a clock of November: its months are written without the leading digit, so that every date is malformed.
  const malformed: Interference = {
    after: async (request, response) => {
      const text = await response.clone().text();
      const { status, headers } = response;
      return request.url.includes('/sharePoint/') && text !== ''
        ? new Response(text.replaceAll(/"2026-1[12]-/g, '"2026-1-'), { status, headers })
        : undefined;
    },
  };
  const app = await openApp({ interference: malformed });
  const migration = await app.acceptSharePoint([userMove, siteMove]);
  await app.engine.settle();
  expect(await app.migration(migration)).toMatchObject({
    phase: 'completed',
    counts: { succeeded: 2 },
  });
});
