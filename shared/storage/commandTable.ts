import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import { commandResultSchema, commandSchema, decisionSchema } from '../contracts/command.ts';
import { byAcceptance } from '../domain/answeredCommands.ts';
import { allRows, findRow, fromRow, hasStatus, insertRow, toRow } from './rows.ts';
import type { CommandStore, Unsettled } from './stores.ts';
import { writeRows } from './writeRows.ts';

// Four kinds of rows in a migration's partition, told apart by the first letters of their keys.
const commandPrefix = 'command.';
const resultPrefix = 'result.';
const decisionKey = 'decision';
const requestedKey = 'requested';
// Apart from the rest, which is read at every look: the users whom commands have added. No migration's id has a dot.
const addedSuffix = '.added';
// One row for each migration that a sweep has to look at; no migration's id begins with a dot.
const unsettledPartition = '.unsettled';
const unsettledSchema = z
  .object({ rowKey: z.string(), since: z.string(), isRecorded: z.boolean(), etag: z.string() })
  .transform(({ rowKey, etag, ...known }): Unsettled => ({ migrationId: rowKey, ...known, version: etag }));

/** The table `commands`: what was asked of a migration, what became of it, and the decision on its cutover. */
export function commandTable(table: TableClient): CommandStore {
  const unsettledRow = ({ migrationId, since, isRecorded }: Omit<Unsettled, 'version'>) => ({ partitionKey: unsettledPartition, rowKey: migrationId, since, isRecorded });
  const unsettle = async ({ migrationId }: { readonly migrationId: string }): Promise<void> => {
    await table.upsertEntity(unsettledRow({ migrationId, since: new Date().toISOString(), isRecorded: false }), 'Replace');
  };
  return {
    async add(command) {
      await unsettle(command);
      await insertRow(table, toRow({ partitionKey: command.migrationId, rowKey: `${commandPrefix}${command.commandId}` }, command));
    },
    async answer(result) {
      await unsettle(result);
      const key = { partitionKey: result.migrationId, rowKey: `${resultPrefix}${result.commandId}.${result.batchId ?? ''}` };
      if (await insertRow(table, toRow(key, result))) return result;
      const row = await findRow(table, key);
      if (row === undefined) throw new Error(`the answer to ${result.commandId} is given and cannot be read`);
      return fromRow(commandResultSchema, row);
    },
    async decide(decision) {
      await unsettle(decision);
      const key = { partitionKey: decision.migrationId, rowKey: decisionKey };
      if (await insertRow(table, toRow(key, decision))) return decision;
      const row = await findRow(table, key);
      if (row === undefined) throw new Error(`the decision on ${decision.migrationId} is made and cannot be read`);
      return fromRow(decisionSchema, row);
    },
    askApproval: (migrationId, requestedAt) => insertRow(table, toRow({ partitionKey: migrationId, rowKey: requestedKey }, { requestedAt })),
    async claimUsers(migrationId, commandId, userIds) {
      const partitionKey = `${migrationId}${addedSuffix}`;
      await writeRows(table, 'insertMissing', userIds.map((userId) => ({ partitionKey, rowKey: userId, commandId })));
      const asked = new Set(userIds);
      const rows = await allRows(table, odata`PartitionKey eq ${partitionKey} and commandId eq ${commandId}`);
      return new Set(rows.map((row) => z.string().parse(row['rowKey'])).filter((userId) => asked.has(userId)));
    },
    async book(migrationId) {
      const rows = await allRows(table, odata`PartitionKey eq ${migrationId}`);
      const keyOf = (row: Readonly<Record<string, unknown>>): string => z.string().parse(row['rowKey']);
      const under = (prefix: string) => rows.filter((row) => keyOf(row).startsWith(prefix));
      const [decision] = under(decisionKey);
      const [requested] = under(requestedKey);
      return {
        commands: under(commandPrefix).map((row) => fromRow(commandSchema, row)).sort(byAcceptance),
        results: under(resultPrefix).map((row) => fromRow(commandResultSchema, row)),
        decision: decision === undefined ? undefined : fromRow(decisionSchema, decision),
        approvalRequestedAt: requested === undefined ? undefined : z.string().parse(requested['requestedAt']),
      };
    },
    listUnsettled: async () => (await allRows(table, odata`PartitionKey eq ${unsettledPartition}`)).map((row) => unsettledSchema.parse(row)),
    async settle(unsettled, reached) {
      const etag = unsettled.version;
      try {
        if (reached === 'done') await table.deleteEntity(unsettledPartition, unsettled.migrationId, { etag });
        else await table.updateEntity(unsettledRow({ ...unsettled, isRecorded: true }), 'Replace', { etag });
      } catch (error) {
        // Written since, or settled by somebody else.
        if (!hasStatus(error, 412) && !hasStatus(error, 404)) throw error;
      }
    },
  };
}
