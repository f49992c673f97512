import { beforeEach, describe, expect, it } from 'vitest';
import { acceptCommand } from '../../../orchestrations/commands/accept.ts';
import { addNote } from '../../../orchestrations/commands/addNote.ts';
import type {
  CommandAcceptance,
  CommandRequest,
} from '../../../orchestrations/commands/commandDefinition.ts';
import type { Migration } from '../../../shared/contracts/migration.ts';
import { auditedStores } from '../../../shared/storage/auditEntries.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { createMemoryStores } from '../../memoryStores/memoryStores.ts';
import { aBatch, aMigration, at, taken } from '../../shared/storage/sampleRows.ts';

const note = 'Ana will call the user on Monday.';
let stores: Stores;
let woken: string[];

beforeEach(() => {
  stores = auditedStores(createMemoryStores());
  woken = [];
});

async function stored(changes: Partial<Migration>): Promise<Migration> {
  const migration = aMigration('m-one', changes);
  await stores.migrations.accept(taken(migration));
  await stores.batches.insertMissing([{ ...aBatch('m-one', 'b001'), waiterId: 'm-one-b001-w1' }]);
  return migration;
}

function send(migration: Migration, reason = note, key = 'key-1'): Promise<CommandAcceptance> {
  const request: CommandRequest = {
    kind: 'addNote',
    by: 'ana@fabrikam.com',
    reason,
    completeAfterDateTime: null,
    taskId: null,
    continueWithout: null,
    update: null,
    users: [],
  };
  return acceptCommand(migration, request, key, {
    stores,
    nowMs: () => Date.parse(at(5)),
    userTaskWrites: false,
    wakeUp: (instanceId) => {
      woken.push(instanceId);
      return Promise.resolve();
    },
    startRun: () => Promise.reject(new Error('a note starts no run')),
  });
}

async function notes(): Promise<unknown[]> {
  const { items } = await stores.audit.list('m-one', { pageSize: 100 });
  return items
    .filter(({ type }) => type === 'command.addNote')
    .map(({ by, detail }) => ({ by, detail }));
}

it.each<Partial<Migration>>([
  { phase: 'accepted' },
  { phase: 'running' },
  { phase: 'running', kind: 'sharePoint' },
  { phase: 'completed' },
  { phase: 'cancelled', kind: 'sharePoint' },
])(
  'is in the audit trail of a migration with %o at once, and wakes up nothing',
  async (changes) => {
    const migration = await stored(changes);
    if (changes.phase !== 'running')
      await stores.batches.update('m-one', 'b001', { finishedAt: at(4) });
    expect(await send(migration)).toMatchObject({
      kind: 'accepted',
      command: { state: 'applied', results: [{ batchId: null, verdict: 'applied' }] },
    });
    expect(await notes()).toEqual([{ by: 'ana@fabrikam.com', detail: note }]);
    expect(woken).toEqual([]);
  },
);

it('is in the audit trail once if it is sent twice with its key, and the key takes no other note', async () => {
  const migration = await stored({ phase: 'running' });
  const first = await send(migration);
  expect(await send(migration)).toEqual(first);
  expect(await send(migration, 'another note')).toMatchObject({ code: 'conflict' });
  await send(migration, 'another note', 'key-2');
  expect(await notes()).toMatchObject([{ detail: note }, { detail: 'another note' }]);
});

describe('its body', () => {
  it('has the note without the spaces around it', () => {
    expect(addNote.body.parse({ note: ` ${note}\n`, by: 'ana' })).toEqual({
      by: 'ana',
      reason: note,
    });
  });

  it.each([
    {},
    { note: '' },
    { note: ' \n ' },
    { note: 'x'.repeat(1_001) },
    { note: 7 },
    { note: 'a\u0000b' },
    { note, reason: 'why' },
  ])('cannot be %o', (body) => {
    expect(addNote.body.safeParse(body).success).toBe(false);
  });
});
