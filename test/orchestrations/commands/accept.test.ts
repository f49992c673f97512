import { beforeEach, expect, it } from 'vitest';
import { acceptCommand } from '../../../orchestrations/commands/accept.ts';
import type {
  CommandAcceptance,
  CommandRequest,
} from '../../../orchestrations/commands/commandDefinition.ts';
import { createMemoryStores, type MemoryStores } from '../../memoryStores/memoryStores.ts';
import { aBatch, aMigration, aTask, taken } from '../../shared/storage/sampleRows.ts';

const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
const migration = aMigration('m-one', { phase: 'running' });
const base: CommandRequest = {
  kind: 'pause',
  by: 'ana@fabrikam.com',
  reason: 'why',
  completeAfterDateTime: null,
  taskId: null,
  continueWithout: null,
  update: null,
  users: [],
};
let stores: MemoryStores;
beforeEach(async () => {
  stores = createMemoryStores();
  await stores.migrations.accept(taken(migration));
  await stores.batches.insertMissing([aBatch('m-one', 'b001')]);
  await stores.tasks.insertMissing([1, 2].map((n) => aTask('m-one', 'b001', n)));
});

const nothing = (): Promise<void> => Promise.resolve();
const ask = (changes: Partial<CommandRequest>): Promise<CommandAcceptance> =>
  acceptCommand(migration, { ...base, ...changes }, 'the-key', {
    stores,
    nowMs: () => Date.parse('2026-11-20T08:00:00Z'),
    userTaskWrites: true,
    wakeUp: nothing,
    startRun: nothing,
  });

it.each<[string, Partial<CommandRequest>, Partial<CommandRequest>]>([
  ['another reason', {}, { reason: 'another' }],
  ['another asker', {}, { by: 'lee@fabrikam.com' }],
  [
    'another user',
    { kind: 'cancelTask', taskId: user(1) },
    { kind: 'cancelTask', taskId: user(2) },
  ],
  [
    'another date',
    { kind: 'reschedule', completeAfterDateTime: '2027-11-20T08:00:00Z' },
    { kind: 'reschedule', completeAfterDateTime: '2027-11-21T08:00:00Z' },
  ],
  [
    'other users to add',
    { kind: 'addTasks', users: [{ targetUserId: user(3) }] },
    { kind: 'addTasks', users: [{ targetUserId: user(4) }] },
  ],
])(
  'the same key with %s is a conflict, and with the same it is the same command',
  async (_, first, second) => {
    const accepted = await ask(first);
    expect(accepted.kind).toBe('accepted');
    expect(await ask(second)).toMatchObject({ kind: 'conflict', code: 'conflict' });
    expect(await ask(first)).toEqual(accepted);
    expect((await stores.commands.readLog('m-one')).commands).toHaveLength(1);
  },
);
