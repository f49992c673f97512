import { addCounts, countOutcomes } from '../../../shared/domain/outcomes.ts';
import { contentHash } from '../../../shared/storage/rows.ts';
import type { Promised } from './evidence.ts';

/** What the rows of batches and migrations say of their tasks is what the tasks say, once all has ended. */
export const sumsAreTrue: Promised = function* ({ stored }) {
  for (const { migration, batches, tasks } of stored) {
    if (migration.taskCount !== tasks.length)
      yield `${migration.id} says that it has ${String(migration.taskCount)} tasks and has ${String(tasks.length)}`;
    if (migration.batchCount !== batches.length)
      yield `${migration.id} says that it has ${String(migration.batchCount)} batches and has ${String(batches.length)}`;
    for (const { batchId, taskCount, counts } of batches) {
      const own = tasks.filter((task) => task.batchId === batchId);
      if (taskCount !== own.length)
        yield `batch ${batchId} of ${migration.id} says that it has ${String(taskCount)} tasks and has ${String(own.length)}`;
      if (contentHash(counts) !== contentHash(countOutcomes(own)))
        yield `batch ${batchId} of ${migration.id} counts ${JSON.stringify(counts)}, and its tasks are ${JSON.stringify(countOutcomes(own))}`;
    }
    if (
      contentHash(migration.counts) !== contentHash(addCounts(batches.map(({ counts }) => counts)))
    )
      yield `${migration.id} counts ${JSON.stringify(migration.counts)}, which is not the sum of its batches`;
  }
};
