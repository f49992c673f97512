import type { z } from 'zod';
import { readGateInputSchema, type readGateResultSchema } from '../../shared/contracts/activities.ts';
import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import { undecidedFor } from '../../shared/domain/answeredCommands.ts';
import { type Gate, gateOf } from '../../shared/domain/gate.ts';
import { approvalRequested, personNeeded } from '../../shared/domain/outcomeEvent.ts';
import { personNeedSteps } from '../../shared/domain/personNeed.ts';
import type { ActivityServices } from './activityServices.ts';
import { clearDelay, goOn } from './delayedOperation.ts';
import { forgetFreeze, isHeldByFreeze } from './frozen.ts';
import { storedBatch, storedMigration } from './storedRows.ts';
import { takeRoom } from './takeRoom.ts';

const waitsForRoom = 'waits until the source has room for its OneDrives: MAX_QUEUED_MOVES of them, sites included, are queued or moving';

/**
 * Whether a batch may take its next step. The first batch that stands before its cutover asks for approval; the first one
 * that finds the time over writes the decision down, unless somebody was quicker.
 */
export async function readGate(input: unknown, services: ActivityServices): Promise<z.infer<typeof readGateResultSchema>> {
  const { migrationId, batchId, stage, sinceMs, waiterId } = readGateInputSchema.parse(input);
  const { stores } = services;
  const migration = await storedMigration(stores, migrationId);
  const batch = await storedBatch(stores, migrationId, batchId);
  if (waiterId !== null && batch.waiterId !== waiterId) await stores.batches.update(migrationId, batchId, { waiterId });
  if (stage === 'hold' && batch.needsPerson !== 'invalidUsers') await holdBatch(migration, batch, sinceMs, services);
  const book = await stores.commands.bookOf(migrationId, batchId);
  if (undecidedFor(batchId, book).length > 0) return { kind: 'commands' };
  const { approvalHours, holdHours } = migration;
  const where = { stage, batchId, round: batch.round, approvalHours, heldUntilMs: sinceMs + (holdHours ?? 0) * 3_600_000 };
  const gate = gateOf({ ...where, nowMs: services.nowMs() }, book);
  const answer = await settled(gate, migration, services, async () => gateOf({ ...where, nowMs: services.nowMs() }, await stores.commands.bookOf(migrationId, batchId)));
  if (answer.kind === 'wait') await forgetFreeze(batch, services);
  // Last of all: approval is asked for, and its time runs, during a freeze as well. What has begun to migrate by itself is watched.
  if (answer.kind === 'go' && (stage === 'create' || stage === 'migrate') && (await isHeldByFreeze(batch, services))) return { kind: 'frozen' };
  // Room is taken before the first step of a run; what comes later has it.
  if (answer.kind === 'wait' && waiterId !== null && batch.delayedOperation !== null) await clearDelay({ migrationId, batchId }, [goOn], services);
  const isFirstStep = stage === 'create' || (stage === 'migrate' && batch.run > 1);
  if (answer.kind !== 'go' || !isFirstStep || (await takeRoom(migration, batch, services))) return answer;
  if (batch.message !== waitsForRoom) await stores.batches.update(migrationId, batchId, { message: waitsForRoom, updatedAt: new Date(services.nowMs()).toISOString() });
  return { kind: 'full' };
}

/** Shows that the batch waits for somebody, and tells it once. How many are invalid is on the row since their validation was recorded. */
async function holdBatch(migration: Migration, batch: Batch, sinceMs: number, { stores, nowMs }: ActivityServices): Promise<void> {
  const now = new Date(nowMs()).toISOString();
  await stores.outcomes.send(personNeeded(migration, batch.batchId, batch.jobId, 'invalidUsers', String(sinceMs), now));
  await stores.batches.update(batch.migrationId, batch.batchId, { phase: 'held', needsPerson: 'invalidUsers', message: personNeedSteps.invalidUsers, updatedAt: now });
}

async function settled(gate: Gate, migration: Migration, services: ActivityServices, again: () => Promise<Gate>): Promise<z.infer<typeof readGateResultSchema>> {
  const { stores, nowMs } = services;
  switch (gate.kind) {
    case 'ask': {
      const requestedAt = new Date(nowMs()).toISOString();
      // Told before it is noted: a crash between the two tells it again, under the same id.
      await stores.outcomes.send(approvalRequested(migration, requestedAt));
      await stores.commands.askApproval(migration.id, requestedAt);
      return settled(await again(), migration, services, again);
    }
    case 'timedOut':
      await stores.commands.decide({ migrationId: migration.id, verdict: 'timedOut', by: null, reason: null, decidedAt: new Date(nowMs()).toISOString() });
      return settled(await again(), migration, services, again);
    default:
      return gate;
  }
}
