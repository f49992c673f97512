import type { z } from 'zod';
import { readGateInputSchema, type readGateResultSchema } from '../../shared/contracts/activities.ts';
import type { Migration } from '../../shared/contracts/migration.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { type Gate, gateOf } from '../../shared/domain/gate.ts';
import { approvalRequested } from '../../shared/domain/outcomeEvent.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedBatch, storedMigration } from './storedRows.ts';

/**
 * Whether a batch may take its next step. The first batch that stands before its cutover asks for approval; the first one
 * that finds the time over writes the decision down, unless somebody was quicker.
 */
export async function readGate(input: unknown, services: ActivityServices): Promise<z.infer<typeof readGateResultSchema>> {
  const { migrationId, batchId, stage, waiterId } = readGateInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  if (waiterId !== null && (await storedBatch(stores, migrationId, batchId)).waiterId !== waiterId) await stores.batches.update(migrationId, batchId, { waiterId });
  const book = await stores.commands.book(migrationId);
  if (undecidedFor(batchId, book).length > 0) return { kind: 'commands' };
  const { approvalHours } = migration;
  const gate = gateOf({ stage, batchId, approvalHours, nowMs: services.nowMs() }, book);
  return settled(gate, migration, services, async () =>
    gateOf({ stage, batchId, approvalHours, nowMs: services.nowMs() }, await stores.commands.book(migrationId)),
  );
}

async function settled(gate: Gate, migration: Migration, services: ActivityServices, again: () => Promise<Gate>): Promise<z.infer<typeof readGateResultSchema>> {
  const { stores, nowMs } = services;
  switch (gate.kind) {
    case 'ask': {
      const requestedAt = new Date(nowMs()).toISOString();
      const isFirst = await stores.commands.askApproval(migration.id, requestedAt);
      if (isFirst) await stores.outcomes.send(approvalRequested(migration, requestedAt));
      return settled(await again(), migration, services, again);
    }
    case 'timedOut':
      await stores.commands.decide({ migrationId: migration.id, verdict: 'timedOut', by: null, reason: null, decidedAt: new Date(nowMs()).toISOString() });
      return settled(await again(), migration, services, again);
    default:
      return gate;
  }
}
