import { expect, it } from 'vitest';
import { createMemoryStores } from '../../../local/storage/memoryStores.ts';
import type { CommandResult } from '../../../shared/contracts/command.ts';
import { auditedStores } from '../../../shared/storage/auditedStores.ts';
import { aCommand, at } from './sampleRows.ts';

it('puts an unconfirmed answer on record, and the one that takes its place, each once', async () => {
  const stores = auditedStores(createMemoryStores());
  const answer = (verdict: CommandResult['verdict']): Promise<unknown> => stores.commands.answer({ migrationId: 'm', commandId: aCommand('m', 1).commandId, batchId: 'b001', verdict, detail: 'd', decidedAt: at(1) });
  for (const verdict of ['unconfirmed', 'unconfirmed', 'applied', 'tooLate'] as const) await answer(verdict);
  expect((await stores.audit.list('m', { pageSize: 10 })).items.map(({ type }) => type)).toEqual(['command.unconfirmed', 'command.applied']);
});
