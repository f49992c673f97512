import { randomUUID } from 'node:crypto';
import { odata, type TableClient, type TableEntity } from '@azure/data-tables';
import { z } from 'zod';
import {
  type CommandResult,
  commandResultSchema,
  type Decision,
  decisionSchema,
} from '../contracts/command.ts';
import {
  approvalKey,
  commandLogs,
  commandPrefix,
  decisionPrefix,
  requestedPrefix,
  resultKey,
  revisionKey,
} from './commandLogs.ts';
import { allRows, fromRow, type Key, type Row, toRow } from './rows.ts';
import type { CommandStore, FollowUp } from './stores.ts';
import { findRow, insertRow, isWriteConflict, sharedRows, submit } from './table.ts';
import { insertMissingRows } from './transactions.ts';

// A partition of its own, because the partition of the migration is read at every poll. Ids of
// migrations contain no dot.
const addedSuffix = '.added';
// One row for each migration that the sweep must check. Ids of migrations do not begin with a dot.
const followUpPartition = '.followUp';
const followUpSchema = z
  .object({ rowKey: z.string(), since: z.string(), isRecorded: z.boolean(), etag: z.string() })
  .transform(({ rowKey, etag, ...existing }): FollowUp => ({
    migrationId: rowKey,
    ...existing,
    version: etag,
  }));

/**
 * Creates the store of the table `commands`: the commands of a migration, their results, and the
 * approvals.
 */
export function commandTable(table: TableClient): CommandStore {
  const logs = commandLogs(table);
  const rows = sharedRows(table);
  const followUpRow = ({ migrationId, since, isRecorded }: Omit<FollowUp, 'version'>) => ({
    partitionKey: followUpPartition,
    rowKey: migrationId,
    since,
    isRecorded,
  });
  const noteFollowUp = async ({ migrationId }: { readonly migrationId: string }): Promise<void> => {
    await table.upsertEntity(
      followUpRow({ migrationId, since: new Date().toISOString(), isRecorded: false }),
      'Merge',
    );
  };
  /** Inserts a row together with a new revision. Returns false if the row exists. */
  const insertWithRevision = async (row: TableEntity<object>): Promise<boolean> => {
    const revision = {
      partitionKey: row.partitionKey,
      rowKey: revisionKey,
      revision: randomUUID(),
    };
    const written = await submit(table, [
      ['create', row],
      ['upsert', revision, 'Merge'],
    ]);
    return written !== undefined;
  };
  const read = async (key: Key): Promise<Row> => {
    const row = await findRow(table, key);
    if (row === undefined)
      throw new Error(
        `the row ${key.rowKey} of ${key.partitionKey} was written but cannot be read back`,
      );
    return row;
  };
  return {
    async add(command) {
      await noteFollowUp(command);
      await insertWithRevision(
        toRow(
          { partitionKey: command.migrationId, rowKey: `${commandPrefix}${command.commandId}` },
          command,
        ),
      );
    },
    async recordResult(result) {
      await noteFollowUp(result);
      const key = resultKey(result);
      if (await insertRow(table, toRow(key, result))) return result;
      let held: CommandResult | undefined;
      await rows.change(key, (row) => {
        // A verdict of a later release is parsed as `unconfirmed`.
        const existing = fromRow(commandResultSchema, row);
        const isFinal = existing.verdict !== 'unconfirmed' || result.verdict === 'unconfirmed';
        held = isFinal ? existing : result;
        return isFinal ? undefined : result;
      });
      return held ?? fromRow(commandResultSchema, await read(key));
    },
    async decide(decision): Promise<Decision> {
      await noteFollowUp(decision);
      const key = {
        partitionKey: decision.migrationId,
        rowKey: `${decisionPrefix}${approvalKey(decision.number)}`,
      };
      return (await insertWithRevision(toRow(key, decision)))
        ? decision
        : fromRow(decisionSchema, await read(key));
    },
    askApproval: (request) =>
      insertWithRevision(
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
      const requested = new Set(userIds);
      const isNew = await insertMissingRows(
        table,
        [...requested].map((userId) => ({ partitionKey, rowKey: userId, commandId })),
      );
      if (isNew) return requested;
      const claimed = await allRows(
        table,
        odata`PartitionKey eq ${partitionKey} and commandId eq ${commandId}`,
      );
      return new Set(
        claimed
          .map((row) => z.string().parse(row['rowKey']))
          .filter((userId) => requested.has(userId)),
      );
    },
    readLog: logs.readLog,
    readBatchLog: logs.readBatchLog,
    listFollowUps: async () =>
      (await allRows(table, odata`PartitionKey eq ${followUpPartition}`)).map((row) =>
        followUpSchema.parse(row),
      ),
    async completeFollowUp(followUp, reached) {
      const etag = followUp.version;
      try {
        if (reached === 'done')
          await table.deleteEntity(followUpPartition, followUp.migrationId, { etag });
        else
          await table.updateEntity(followUpRow({ ...followUp, isRecorded: true }), 'Merge', {
            etag,
          });
      } catch (error) {
        // Another writer has changed or deleted the row.
        if (!isWriteConflict(error)) throw error;
      }
    },
  };
}
