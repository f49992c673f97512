import { expect } from 'vitest';
import {
  all,
  codesOf,
  day,
  hour,
  minute,
  userId,
} from '../../local/graph-emulator/test/testGraph.ts';
import { conformanceCase } from './conformanceCase.ts';
import { openGraph } from './openGraph.ts';

const unmapped = [{ workload: 'Exchange', code: 'CTM-100', message: 'no identity mapping' }];

conformanceCase(16, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.created();
  const reply = await graph.post(`/${id}/validate`);
  expect([reply.status, reply.body]).toMatchObject([200, { id, status: 'validateSubmitted' }]);
  const other = await graph.created({ displayName: 'other' });
  expect(await client.validateJob(other)).toMatchObject({
    kind: 'done',
    value: { id: other, status: 'validateSubmitted' },
  });
});

conformanceCase(17, async () => {
  const { graph } = await openGraph({
    scenario: { users: [{ id: userId(1), invalid: unmapped, invalidTimes: 1 }] },
  });
  const id = await graph.validated();
  expect(await graph.status(id)).toBe('validateFailed');
  const reply = await graph.post(`/${id}/validate`);
  expect([reply.status, reply.body]).toMatchObject([200, { status: 'validateSubmitted' }]);
  graph.clock.advance(hour);
  expect(await graph.status(id)).toBe('validatePassed');
});

conformanceCase(18, async () => {
  const { graph, client } = await openGraph();
  const id = await graph.migrating();
  for (const [status, advanceMs] of [
    ['processing', 0],
    ['inProgress', hour],
    ['completed', 3 * day],
  ] as const) {
    graph.clock.advance(advanceMs);
    expect(await graph.status(id)).toBe(status);
    const reply = await graph.post(`/${id}/validate`);
    expect(reply.status, status).toBe(409);
    expect(await client.validateJob(id), status).toMatchObject({ kind: 'conflict' });
    expect(await graph.status(id)).toBe(status);
  }
  const cancelled = await graph.created({
    displayName: 'other',
    completeAfterDateTime: '2026-12-24T00:00:00Z',
  });
  await graph.act(cancelled, 'cancel');
  graph.clock.advance(hour);
  expect(await graph.status(cancelled)).toBe('cancelled');
  expect((await graph.post(`/${cancelled}/validate`)).status).toBe(409);
});

conformanceCase(19, async () => {
  const { graph } = await openGraph();
  const id = await graph.created();
  await graph.act(id, 'validate');
  for (const [status, advanceMs] of [
    ['validateSubmitted', 0],
    ['validateProcessing', 2 * minute],
    ['validateInProgress', 2 * minute],
  ] as const) {
    graph.clock.advance(advanceMs);
    expect(await graph.status(id)).toBe(status);
    const reply = await graph.post(`/${id}/validate`);
    expect(reply.status, status).toBe(409);
    expect(codesOf(reply)).toEqual(['Conflict']);
  }
});

conformanceCase(20, async () => {
  const { graph } = await openGraph({
    scenario: { users: [{ id: userId(3), invalid: unmapped }] },
  });
  const good = await graph.validated({ displayName: 'good', resources: [userId(1), userId(2)] });
  expect(await graph.status(good)).toBe('validatePassed');
  expect(await graph.services(good, userId(1))).toEqual(all('valid'));
  const mixed = await graph.validated({ displayName: 'mixed', resources: [userId(3), userId(4)] });
  expect(await graph.status(mixed)).toBe('validateFailed');
  expect(await graph.services(mixed, userId(4))).toEqual(all('valid'));
});

conformanceCase(21, async () => {
  const { graph, client } = await openGraph({
    scenario: {
      users: [
        { id: userId(1), invalid: unmapped },
        {
          id: userId(3),
          invalid: [
            { workload: 'ODSP', code: 'MnAOdbUsersAreNotLicensed' },
            { workload: 'Teams', code: 'CTTM-005' },
          ],
        },
      ],
    },
  });
  const id = await graph.validated({ resources: [userId(1), userId(2), userId(3)] });
  expect(await graph.status(id)).toBe('validateFailed');
  const tasks = await client.listJobTasks(id);
  const invalid =
    tasks.kind === 'done'
      ? tasks.value.map((task) => [
          task.id,
          task.services
            .filter(({ status }) => status === 'invalid')
            .flatMap(({ errors }) => errors.map(({ code }) => code)),
        ])
      : [];
  expect(invalid).toEqual([
    [userId(1), ['CTM-100']],
    [userId(2), []],
    [userId(3), ['MnAOdbUsersAreNotLicensed', 'CTTM-005']],
  ]);
});
