import type { Command } from '../../shared/contracts/command.ts';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { countOutcomes } from '../../shared/domain/counts.ts';
import type { ActivityServices } from './activityServices.ts';
import { storedBatch } from './storedRows.ts';

const mayTryAgain = ({ outcome }: Task): boolean => outcome === 'failed' || outcome === 'invalid';

/**
 * Opens a batch that has ended for another run with those who did not make it; the others keep their outcome. May run again:
 * the row says by whose command it is open.
 */
export async function reopenBatch(
  { migrationId, commandId }: Command,
  batchId: string,
  { stores, nowMs }: ActivityServices,
): Promise<{ readonly verdict: 'applied' | 'tooLate'; readonly detail: string }> {
  const updatedAt = new Date(nowMs()).toISOString();
  const { run } = await storedBatch(stores, migrationId, batchId);
  const isOurs = (batch: Batch): boolean => batch.round === commandId && batch.finishedAt === null;
  await stores.batches.updateWhen(migrationId, batchId, (batch) => batch.finishedAt !== null && batch.round !== commandId && batch.run === run, {
    phase: 'queued',
    run: run + 1,
    round: commandId,
    message: null,
    needsPerson: null,
    waiterId: null,
    finishedAt: null,
    updatedAt,
  });
  if (!isOurs(await storedBatch(stores, migrationId, batchId))) return { verdict: 'tooLate', detail: 'the batch is taken up again by another command' };
  const tasks = await stores.tasks.listBatch(migrationId, batchId);
  const again = tasks.map((task): Task => (mayTryAgain(task) ? { ...task, outcome: null, outcomeBefore: task.outcome, updatedAt } : task));
  await stores.tasks.save(again.filter((task, index) => task !== tasks[index]));
  const counts = countOutcomes(again);
  await stores.batches.update(migrationId, batchId, { counts });
  return { verdict: 'applied', detail: `${String(counts.pending)} taken up again` };
}
