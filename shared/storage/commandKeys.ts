import type { CommandResult } from '../contracts/command.ts';
import type { Key } from './rows.ts';

// The kinds of rows in a migration's partition of the table `commands`, told apart by the first letters of their keys. Only results sort
// behind `result.` and before `result/`.
export const commandPrefix = 'command.';
export const decisionPrefix = 'decision.';
export const requestedPrefix = 'requested.';
export const resultPrefix = 'result.';
/** Changes with every command, decision and request for approval, in the same transaction; not with results. */
export const revisionKey = 'revision';

/** What follows such a prefix: the number of a request for approval, so that their keys are in their order. */
export const approvalPlace = (number: number): string => String(number).padStart(5, '0');

/** The part of a result's key that stands for a batch: all its results follow in one range. */
export const resultsPrefix = (batchId: string | null): string => `${resultPrefix}${batchId ?? ''}.`;

export function resultKey({
  migrationId,
  batchId,
  commandId,
}: Pick<CommandResult, 'migrationId' | 'batchId' | 'commandId'>): Key {
  return { partitionKey: migrationId, rowKey: `${resultsPrefix(batchId)}${commandId}` };
}
