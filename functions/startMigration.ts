import type { DurableClient } from 'durable-functions';
import { orchestrators } from '../orchestrations/names.ts';
import type { MigrationInput } from '../shared/contracts/orchestrations.ts';
import { roundInstanceId } from '../shared/domain/instanceIds.ts';
import { StorageUnavailableError, within } from '../shared/storage/storageLimits.ts';

// Less than a caller waits. A start that takes effect later does no harm: the next one is refused.
const startMs = 6_000;
const statusMs = 2_000;

/**
 * Starts the orchestration of a migration, or of a round that a command adds to it; the instance id is derived. `resumes`: another one has begun its
 * batches and has stopped. Durable refuses a second start while
 * the first one runs: that refusal is what we want, anything else is thrown as a StorageUnavailableError.
 */
export async function startMigration(
  client: DurableClient,
  migrationId: string,
  round: string | null = null,
  resumes = false,
): Promise<void> {
  const input: MigrationInput = { migrationId, round, resumes };
  const instanceId = round === null ? migrationId : roundInstanceId(migrationId, round);
  try {
    await within(startMs, client.startNew(orchestrators.migration, { instanceId, input }));
  } catch (refusal) {
    // Another start of the same instance, which may be under way still: its status cannot be asked for yet.
    if (
      refusal instanceof Error &&
      /instance with the status \w+ already exists/i.test(refusal.message)
    )
      return;
    try {
      await within(statusMs, client.getStatus(instanceId));
    } catch {
      throw new StorageUnavailableError('the orchestration could not be started', {
        cause: refusal,
      });
    }
  }
}
