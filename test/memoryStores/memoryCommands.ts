import {
  type ApprovalRequest,
  type Command,
  type CommandLog,
  type CommandResult,
  commandResultSchema,
  type Decision,
} from '../../shared/contracts/command.ts';
import { byAcceptance } from '../../shared/domain/commands.ts';
import type { CommandStore, FollowUp } from '../../shared/storage/stores.ts';
import { copied, inOrder } from './memoryStores.ts';

/** Creates the store of commands in memory. */
export function memoryCommands(): CommandStore {
  const commands = new Map<string, Command>();
  const results = new Map<string, CommandResult>();
  const decisions = new Map<string, Decision>();
  const asked = new Map<string, ApprovalRequest>();
  const adders = new Map<string, string>();
  const followUp = new Map<string, FollowUp>();
  let writes = 0;
  const noteFollowUp = ({ migrationId }: { readonly migrationId: string }): void => {
    writes += 1;
    followUp.set(migrationId, {
      migrationId,
      since: new Date().toISOString(),
      isRecorded: false,
      version: String(writes),
    });
  };
  const bookWith = (
    migrationId: string,
    holds: (result: CommandResult) => boolean,
  ): CommandLog => ({
    commands: inOrder(commands, (command) => command.migrationId === migrationId).sort(
      byAcceptance,
    ),
    results: inOrder(results, (result) => result.migrationId === migrationId && holds(result)),
    approvals: inOrder(asked, (request) => request.migrationId === migrationId).map((request) => ({
      ...request,
      decision: copied(decisions.get(listedKeyOf(request))),
    })),
  });
  const listedKeyOf = ({
    migrationId,
    number,
  }: Pick<ApprovalRequest, 'migrationId' | 'number'>): string =>
    `${migrationId} ${String(number).padStart(5, '0')}`;
  return {
    add: (command) => {
      noteFollowUp(command);
      const key = `${command.migrationId} ${command.commandId}`;
      if (!commands.has(key)) commands.set(key, copied(command));
      return Promise.resolve();
    },
    recordResult: (result) => {
      noteFollowUp(result);
      const key = `${result.migrationId} ${result.batchId ?? ''} ${result.commandId}`;
      const before = results.get(key);
      const held =
        before === undefined ||
        (commandResultSchema.shape.verdict.parse(before.verdict) === 'unconfirmed' &&
          result.verdict !== 'unconfirmed')
          ? copied(result)
          : before;
      results.set(key, held);
      return Promise.resolve(copied(held));
    },
    decide: (decision) => {
      noteFollowUp(decision);
      const held = decisions.get(listedKeyOf(decision)) ?? decision;
      decisions.set(listedKeyOf(decision), copied(held));
      return Promise.resolve(copied(held));
    },
    askApproval: (request) => {
      const isFirst = !asked.has(listedKeyOf(request));
      if (isFirst) asked.set(listedKeyOf(request), copied(request));
      return Promise.resolve(isFirst);
    },
    claimUsers: (migrationId, commandId, userIds) => {
      for (const userId of userIds)
        if (!adders.has(`${migrationId} ${userId}`))
          adders.set(`${migrationId} ${userId}`, commandId);
      return Promise.resolve(
        new Set(userIds.filter((userId) => adders.get(`${migrationId} ${userId}`) === commandId)),
      );
    },
    readLog: (migrationId) => Promise.resolve(bookWith(migrationId, () => true)),
    readBatchLog: (migrationId, batchId) =>
      Promise.resolve(bookWith(migrationId, (result) => result.batchId === batchId)),
    listFollowUps: () => Promise.resolve(inOrder(followUp, () => true)),
    completeFollowUp: (known, reached) => {
      if (followUp.get(known.migrationId)?.version !== known.version) return Promise.resolve();
      if (reached === 'done') followUp.delete(known.migrationId);
      else followUp.set(known.migrationId, { ...known, isRecorded: true });
      return Promise.resolve();
    },
  };
}
