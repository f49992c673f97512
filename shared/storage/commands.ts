import { randomUUID } from 'node:crypto';
import { odata, type TableClient, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';
import {
  type CommandResult,
  commandResultSchema,
  type Decision,
  decisionSchema,
} from '../contracts/command.ts';
import { commandLogs } from './commandBooks.ts';
import {
  approvalKey,
  commandPrefix,
  decisionPrefix,
  requestedPrefix,
  resultKey,
  revisionKey,
} from './keys.ts';
import type { CommandStore, FollowUp } from './stores.ts';
import {
  allRows,
  changeRow,
  findRow,
  fromRow,
  hasStatus,
  insertRow,
  type Key,
  type Row,
  toRow,
} from './table.ts';
import { insertMissingRows } from './tableWrites.ts';

// Apart from the rest, which is read at every look: the users whom commands have added. No migration's id has a dot.
const addedSuffix = '.added';
// One row for each migration that a sweep has to look at; no migration's id begins with a dot.
const unsettledPartition = '.unsettled';
const unsettledSchema = z
  .object({ rowKey: z.string(), since: z.string(), isRecorded: z.boolean(), etag: z.string() })
  .transform(({ rowKey, etag, ...known }): FollowUp => ({
    migrationId: rowKey,
    ...known,
    version: etag,
  }));

/** The table `commands`: what was asked of a migration, what became of it, and the decisions on its cutover. */
export function commandTable(table: TableClient): CommandStore {
  const logs = commandLogs(table);
  const unsettledRow = ({ migrationId, since, isRecorded }: Omit<FollowUp, 'version'>) => ({
    partitionKey: unsettledPartition,
    rowKey: migrationId,
    since,
    isRecorded,
  });
  const unsettle = async ({ migrationId }: { readonly migrationId: string }): Promise<void> => {
    await table.upsertEntity(
      unsettledRow({ migrationId, since: new Date().toISOString(), isRecorded: false }),
      'Merge',
    );
  };
  /** Inserts a row of what was asked, together with another revision of all that was asked; false when the row is there. */
  const insertAsked = async (row: TableEntity<object>): Promise<boolean> => {
    const revision = {
      partitionKey: row.partitionKey,
      rowKey: revisionKey,
      revision: randomUUID(),
    };
    try {
      await table.submitTransaction([
        ['create', row],
        ['upsert', revision, 'Merge'],
      ]);
      return true;
    } catch (error) {
      if (hasStatus(error, 409)) return false;
      throw error;
    }
  };
  const read = async (key: Key): Promise<Row> => {
    const row = await findRow(table, key);
    if (row === undefined)
      throw new Error(
        `the row ${key.rowKey} of ${key.partitionKey} was written and cannot be read back`,
      );
    return row;
  };
  return {
    async add(command) {
      await unsettle(command);
      await insertAsked(
        toRow(
          { partitionKey: command.migrationId, rowKey: `${commandPrefix}${command.commandId}` },
          command,
        ),
      );
    },
    async recordResult(result) {
      await unsettle(result);
      const key = resultKey(result);
      if (await insertRow(table, toRow(key, result))) return result;
      let held: CommandResult | undefined;
      await changeRow(table, key, (row) => {
        // A word of a later release reads as unconfirmed here as well.
        const known = fromRow(commandResultSchema, row);
        const isFinal = known.verdict !== 'unconfirmed' || result.verdict === 'unconfirmed';
        held = isFinal ? known : result;
        return isFinal ? undefined : result;
      });
      return held ?? fromRow(commandResultSchema, await read(key));
    },
    async decide(decision): Promise<Decision> {
      await unsettle(decision);
      const key = {
        partitionKey: decision.migrationId,
        rowKey: `${decisionPrefix}${approvalKey(decision.number)}`,
      };
      return (await insertAsked(toRow(key, decision)))
        ? decision
        : fromRow(decisionSchema, await read(key));
    },
    askApproval: (request) =>
      insertAsked(
        toRow(
          {
            partitionKey: request.migrationId,
            rowKey: `${requestedPrefix}${approvalKey(request.number)}`,
          },
          request,
        ),
      ),
    async claimUsers(migrationId, commandId, userIds) {
      const partitionKey = `${migrationId}${addedSuffix}`;
      await insertMissingRows(
        table,
        userIds.map((userId) => ({ partitionKey, rowKey: userId, commandId })),
      );
      const asked = new Set(userIds);
      const rows = await allRows(
        table,
        odata`PartitionKey eq ${partitionKey} and commandId eq ${commandId}`,
      );
      return new Set(
        rows.map((row) => z.string().parse(row['rowKey'])).filter((userId) => asked.has(userId)),
      );
    },
    readLog: logs.readLog,
    readBatchLog: logs.readBatchLog,
    listFollowUps: async () =>
      (await allRows(table, odata`PartitionKey eq ${unsettledPartition}`)).map((row) =>
        unsettledSchema.parse(row),
      ),
    async completeFollowUp(followUp, reached) {
      const etag = followUp.version;
      try {
        if (reached === 'done')
          await table.deleteEntity(unsettledPartition, followUp.migrationId, { etag });
        else
          await table.updateEntity(unsettledRow({ ...followUp, isRecorded: true }), 'Merge', {
            etag,
          });
      } catch (error) {
        // Written since, or settled by somebody else.
        if (!hasStatus(error, 412) && !hasStatus(error, 404)) throw error;
      }
    },
  };
}
