import { odata, type TableClient } from '@azure/data-tables';
import { z } from 'zod';
import {
  approvalRequestSchema,
  type Command,
  commandKindSchema,
  type CommandLog,
  type CommandResult,
  commandResultSchema,
  commandSchema,
  decisionSchema,
} from '../contracts/command.ts';
import { byAcceptance } from '../domain/commands.ts';
import { allRows, fromRow, type Key, type Row } from './rows.ts';
import type { CommandStore } from './stores.ts';
import { findRow, lruCache } from './table.ts';

// The kinds of rows of a migration in the table `commands`, by the prefix of their keys. Only
// results sort between `result.` and `result/`.
export const commandPrefix = 'command.';
export const decisionPrefix = 'decision.';
export const requestedPrefix = 'requested.';
const resultPrefix = 'result.';
/**
 * Changes with every command, decision and approval request, in the same transaction. It does not
 * change with results.
 */
export const revisionKey = 'revision';

/** Returns the number of an approval request as part of a row key, in numeric order. */
export const approvalKey = (number: number): string => String(number).padStart(5, '0');

/** Returns the prefix of the results of a batch, which form one range of keys. */
const resultsPrefix = (batchId: string | null): string => `${resultPrefix}${batchId ?? ''}.`;

/** Returns the key of the result of a command in a batch. */
export function resultKey({
  migrationId,
  batchId,
  commandId,
}: Pick<CommandResult, 'migrationId' | 'batchId' | 'commandId'>): Key {
  return { partitionKey: migrationId, rowKey: `${resultsPrefix(batchId)}${commandId}` };
}

const maxCachedCommands = 20_000;
const maxCachedResults = 50_000;

/** The commands and approvals of a migration at one revision. */
interface LogOfRevision extends Omit<CommandLog, 'results'> {
  readonly revision: string;
}

/** The results of a batch at a revision, cached when every command has a final result. */
interface DecidedResults {
  readonly revision: string;
  readonly results: readonly CommandResult[];
}

/**
 * Creates the reader of command logs. Commands and approvals are cached until the revision changes,
 * so a status check reads one row while nothing has changed.
 */
export function commandLogs(table: TableClient): Pick<CommandStore, 'readLog' | 'readBatchLog'> {
  const logs = lruCache<LogOfRevision>(maxCachedCommands, ({ commands }) => commands.length + 1);
  const decided = lruCache<DecidedResults>(maxCachedResults, ({ results }) => results.length + 1);

  const readRevision = async (migrationId: string, revision: string): Promise<LogOfRevision> => {
    const cached = logs.get(migrationId);
    if (cached?.revision === revision) return cached;
    // Results sort after all other rows.
    const rows = await allRows(
      table,
      odata`PartitionKey eq ${migrationId} and RowKey lt ${resultPrefix}`,
    );
    // The rows may be newer than the revision that was read. Then the revision has changed, and
    // they are read again next time.
    const found = { revision, ...parseLog(rows) };
    logs.set(migrationId, found);
    return found;
  };
  const resultsOf = async (
    migrationId: string,
    batchId: string,
    revision: string,
    commands: readonly Command[],
  ): Promise<readonly CommandResult[]> => {
    const own = commands.filter(({ targets }) => targets.includes(batchId));
    if (own.length === 0) return [];
    const id = `${migrationId} ${batchId}`;
    const cached = decided.get(id);
    if (cached?.revision === revision) return cached.results;
    const prefix = resultsPrefix(batchId);
    const rows = await allRows(
      table,
      odata`PartitionKey eq ${migrationId} and RowKey ge ${prefix} and RowKey lt ${`${prefix.slice(0, -1)}/`}`,
    );
    const results = rows.map((row) => fromRow(commandResultSchema, row));
    const finalIds = new Set(
      results.filter(({ verdict }) => verdict !== 'unconfirmed').map(({ commandId }) => commandId),
    );
    if (own.every(({ commandId }) => finalIds.has(commandId)))
      decided.set(id, { revision, results });
    return results;
  };
  return {
    async readLog(migrationId) {
      const rows = await allRows(table, odata`PartitionKey eq ${migrationId}`);
      return {
        ...parseLog(rows),
        results: rowsWithPrefix(rows, resultPrefix).map((row) => fromRow(commandResultSchema, row)),
      };
    },
    async readBatchLog(migrationId, batchId) {
      const row = await findRow(table, { partitionKey: migrationId, rowKey: revisionKey });
      if (row === undefined) return { commands: [], results: [], approvals: [] };
      const { revision, commands, approvals } = await readRevision(
        migrationId,
        z.string().parse(row['revision']),
      );
      return {
        commands: [...commands],
        results: [...(await resultsOf(migrationId, batchId, revision, commands))],
        approvals,
      };
    },
  };
}

function rowsWithPrefix(rows: readonly Row[], prefix: string): readonly Row[] {
  return rows.filter((row) => z.string().parse(row['rowKey']).startsWith(prefix));
}

/**
 * Returns the commands and approvals in rows, without commands of kinds that only a later release
 * supports.
 */
function parseLog(rows: readonly Row[]): Omit<CommandLog, 'results'> {
  const decisions = new Map(
    rowsWithPrefix(rows, decisionPrefix)
      .map((row) => fromRow(decisionSchema, row))
      .map((decision) => [decision.number, decision]),
  );
  return {
    commands: rowsWithPrefix(rows, commandPrefix)
      .filter((row) => commandKindSchema.safeParse(row['kind']).success)
      .map((row) => fromRow(commandSchema, row))
      .sort(byAcceptance),
    approvals: rowsWithPrefix(rows, requestedPrefix)
      .map((row) => fromRow(approvalRequestSchema, row))
      .map((request) => ({ ...request, decision: decisions.get(request.number) })),
  };
}
