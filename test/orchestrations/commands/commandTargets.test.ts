import { expect, it } from 'vitest';
import { knownUsers } from '../../../orchestrations/commands/addTasks.ts';
import { addressTask } from '../../../orchestrations/commands/commandTargets.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { aCommand, aMigration, aRequest, aTask, taken } from '../../shared/storage/sampleRows.ts';

const userId = (n: number): string => aTask('m', 'b001', n).taskId;

/** Stores that fail where somebody lists all tasks of a migration. */
async function withoutLists(): Promise<Stores> {
  const stores = createMemoryStores();
  await stores.migrations.accept(taken(aMigration('m'), aRequest('m', [userId(1), userId(2)])));
  await stores.tasks.insertMissing([aTask('m', 'b001', 2), aTask('m', 'b002', 3)]);
  return {
    ...stores,
    tasks: { ...stores.tasks, list: () => Promise.reject(new Error('all tasks are read')) },
  };
}

it('knows users of the request, planned or not, and those who were added, without reading all tasks', async () => {
  const users = [4, 3, 2, 1].map((n) => ({ targetUserId: userId(n) }));
  expect(await knownUsers(await withoutLists(), 'm', users)).toEqual([
    userId(3),
    userId(2),
    userId(1),
  ]);
});

it('addresses the batch of a user without reading all tasks', async () => {
  const stores = await withoutLists();
  const addressed = async (taskId: string) =>
    addressTask(
      {
        migration: aMigration('m', { phase: 'running' }),
        command: aCommand('m', 1, { kind: 'cancelTask', taskId }),
      },
      { stores },
    );
  expect(await addressed(userId(3))).toMatchObject({ command: { targets: ['b002'] } });
  expect(await addressed(userId(9))).toMatchObject({ kind: 'notFound' });
});
