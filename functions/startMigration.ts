import type { DurableClient } from 'durable-functions';
import { orchestrators } from '../orchestrations/names.ts';
import type { MigrationInput } from '../shared/contracts/orchestrations.ts';

/**
 * Starts the orchestration of a migration; the instance id is the migration's id. Durable refuses a second start while
 * the first one runs: that refusal is what we want, anything else is thrown.
 */
export async function startMigration(client: DurableClient, migrationId: string): Promise<void> {
  const input: MigrationInput = { migrationId };
  try {
    await client.startNew(orchestrators.migration, { instanceId: migrationId, input });
  } catch (refusal) {
    try {
      await client.getStatus(migrationId);
    } catch {
      throw refusal;
    }
  }
}
