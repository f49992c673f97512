import { expect, it } from 'vitest';
import type { CommandResult } from '../../../shared/contracts/command.ts';
import { outcomeMessageSchema } from '../../../shared/contracts/outcomeEvent.ts';
import { approvalRequested, requestRejected } from '../../../shared/domain/outcomeEvent.ts';
import { auditedStores } from '../../../shared/storage/auditEntries.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { aCommand, aMigration, at, taken } from './sampleRows.ts';

it('puts an unconfirmed answer on record, and the one that takes its place, each once', async () => {
  const stores = auditedStores(createMemoryStores());
  const answer = (verdict: CommandResult['verdict']): Promise<unknown> =>
    stores.commands.recordResult({
      migrationId: 'm',
      commandId: aCommand('m', 1).commandId,
      batchId: 'b001',
      verdict,
      detail: 'd',
      decidedAt: at(1),
    });
  for (const verdict of ['unconfirmed', 'unconfirmed', 'applied', 'tooLate'] as const)
    await answer(verdict);
  expect((await stores.audit.list('m', { pageSize: 10 })).items.map(({ type }) => type)).toEqual([
    'command.unconfirmed',
    'command.applied',
  ]);
});

const migration = aMigration('m-one', { approvalHours: 24 });
const event = approvalRequested(migration, {
  migrationId: 'm-one',
  number: 1,
  approvalId: 'one',
  taskCount: 1,
  tasksHash: 'hash',
  requestedAt: at(2),
});

async function aMigrationAtWork() {
  const memory = createMemoryStores();
  await memory.migrations.accept(taken(migration));
  return memory;
}

const anchored = async ({ anchors }: ReturnType<typeof createMemoryStores>): Promise<unknown[]> =>
  (await anchors.list()).flatMap(({ text }) =>
    text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  );

it('anchors an outcome message: the place of its own event is in the message, in a line of the anchors and in the row', async () => {
  const memory = await aMigrationAtWork();
  const stores = auditedStores(memory);
  await stores.commands.add(aCommand('m-one', 1));
  await stores.outcomes.send(event);
  const trail = (await stores.audit.list('m-one', { pageSize: 10 })).items;
  expect(trail.map(({ type }) => type)).toEqual([
    'request.accepted',
    'command.cancel',
    'approval.requested',
  ]);
  const place = { sequence: 3, hash: trail[2]?.hash };
  expect(memory.sent.map((message) => outcomeMessageSchema.parse(message))).toEqual([
    { ...event, auditsequence: 3, audithash: place.hash },
  ]);
  expect(await anchored(memory)).toEqual([{ migrationId: 'm-one', ...place, at: at(2) }]);
  expect((await stores.migrations.get('m-one'))?.auditHead).toEqual(place);
});

it.each(['anchors', 'row', 'queue'] as const)(
  'sends nothing where storage refuses the %s, and the same once it is done again after more was put on record',
  async (refusing) => {
    const memory = await aMigrationAtWork();
    const refuse = () => Promise.reject(new Error('out of reach'));
    const dying = {
      ...memory,
      ...(refusing === 'anchors' ? { anchors: { ...memory.anchors, append: refuse } } : {}),
      ...(refusing === 'row' ? { migrations: { ...memory.migrations, change: refuse } } : {}),
      ...(refusing === 'queue' ? { outcomes: { send: refuse } } : {}),
    };
    await expect(auditedStores(dying).outcomes.send(event)).rejects.toThrow('out of reach');
    expect(memory.sent).toEqual([]);
    const stores = auditedStores(memory);
    await stores.commands.add(aCommand('m-one', 1));
    await stores.outcomes.send(event);
    const trail = (await stores.audit.list('m-one', { pageSize: 10 })).items;
    expect(trail.map(({ type }) => type)).toEqual([
      'request.accepted',
      'approval.requested',
      'command.cancel',
    ]);
    expect(memory.sent).toMatchObject([{ auditsequence: 2, audithash: trail[1]?.hash }]);
    expect(new Set((await anchored(memory)).map((line) => JSON.stringify(line))).size).toBe(1);
  },
);

it('never makes the row name an earlier event than it does, and anchors refused messages without a row', async () => {
  const memory = await aMigrationAtWork();
  const stores = auditedStores(memory);
  await stores.outcomes.send(event);
  await stores.outcomes.send({ ...event, id: 'm-one/later' });
  await stores.outcomes.send(event);
  expect((await stores.migrations.get('m-one'))?.auditHead?.sequence).toBe(3);
  await stores.outcomes.send(
    requestRejected(
      {
        id: 'r1',
        source: 'queue',
        code: 'notJson',
        detail: 'd',
        errors: [],
        rejectedAt: at(3),
        replayedAt: null,
        migrationId: null,
        count: 1,
        lastRejectedAt: at(3),
      },
      'r1',
    ),
  );
  expect(memory.sent.at(-1)).toMatchObject({
    type: 'tenant-ferry.request.rejected',
    auditsequence: 1,
  });
  expect((await anchored(memory)).at(-1)).toMatchObject({
    migrationId: 'rejections',
    sequence: 1,
    at: at(3),
  });
});
