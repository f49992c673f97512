import { stepAt } from '../../../local/graph/timeline.ts';
import type { AnsweredCommand } from '../../../shared/contracts/command.ts';
import { batchKeyOf } from '../ledger.ts';
import type { Evidence, Promised, StoredMigration } from './evidence.ts';

/** Every command that was taken is on record and has its answer from every batch that it addresses, and the answer is what happened. */
export const commandsAreAnswered: Promised = function* (evidence) {
  const { stored, ledger } = evidence;
  for (const { told, commandId, kind, migrationId } of ledger.askings) {
    if (told === 'accepted' && !stored.some(({ commands }) => commands.some((command) => command.commandId === commandId))) yield `${kind} of ${migrationId} was taken and is not on record`;
  }
  for (const one of stored) {
    for (const command of one.commands) {
      const name = `${command.kind} of ${one.migration.id}`;
      if (command.state === 'pending') {
        yield `${name} was never answered by ${command.targets.filter((target) => !command.results.some(({ batchId }) => batchId === target)).join()}`;
        continue;
      }
      yield* decisionIsTrue(one, command, name);
      for (const { batchId, verdict } of command.results) {
        if (batchId !== null && verdict === 'applied' && one.migration.kind === 'users') yield* appliedIsTrue(evidence, one, command, batchId, name);
      }
    }
  }
};

function* decisionIsTrue({ book: { decision } }: StoredMigration, { kind, by, state }: AnsweredCommand, name: string): Generator<string> {
  if (kind !== 'approve' && kind !== 'reject') return;
  const isHis = decision?.by === by && decision.verdict === (kind === 'approve' ? 'approved' : 'rejected');
  if ((state === 'applied') !== isHis) yield `${name} by ${String(by)} was answered with ${state}, but the decision is ${String(decision?.verdict)} by ${String(decision?.by)}`;
}

function* appliedIsTrue({ jobsOf, jobs, endMs, ledger }: Evidence, { tasks, commands }: StoredMigration, command: AnsweredCommand, batchId: string, name: string): Generator<string> {
  const records = jobsOf.get(batchKeyOf(command.migrationId, batchId)) ?? [];
  const last = records.at(-1);
  const users = tasks.filter((task) => task.batchId === batchId);
  switch (command.kind) {
    case 'cancel': {
      const retries = commands.filter(({ kind, results }) => kind === 'retry' && results.some((result) => result.batchId === batchId && result.verdict === 'applied'));
      const status = last === undefined ? 'cancelled' : stepAt(jobs.course(last), endMs).status;
      // A retry takes up again what had ended: its job is not the one that the cancel was about, or the other way round.
      if (retries.length === 0 && !['cancelled', 'pendingCancel', 'pendingDelete', 'deleted'].includes(status)) yield `${name} was applied, but the job of ${batchId} is ${status}`;
      const cancelledAt = command.results.find((result) => result.batchId === batchId)?.decidedAt ?? command.acceptedAt;
      const retriedAt = retries.map(({ acceptedAt }) => acceptedAt).find((at) => at > cancelledAt) ?? '9';
      if (users.some(({ outcome, updatedAt }) => outcome === 'succeeded' && (retries.length === 0 || (updatedAt > cancelledAt && updatedAt < retriedAt)))) yield `${name} was applied, but users of ${batchId} are on record as succeeded`;
      return;
    }
    case 'cancelTask': {
      const user = users.find(({ taskId }) => taskId === command.taskId);
      const isOut = records.every((record) => !record.job.resources.includes(command.taskId ?? '') || jobs.course(record).cancelledUsers.has(command.taskId ?? '') || record.events.some(({ kind }) => kind === 'cancel'));
      // Whom a retry had taken up again is let go of with the outcome that he had.
      const isAsBefore = (user?.outcome === 'failed' || user?.outcome === 'invalid') && commands.some(({ kind, acceptedAt }) => kind === 'retry' && acceptedAt <= command.acceptedAt);
      if (user?.outcome !== 'cancelled' && !isAsBefore) yield `${name} for user ${String(command.taskId?.slice(-2))} was applied, but he is on record as ${String(user?.outcome)}`;
      if (!isOut) yield `${name} for user ${String(command.taskId?.slice(-2))} was applied, but a job goes on with him`;
      return;
    }
    case 'reschedule': {
      const own = new Set(commands.filter(({ kind }) => kind === 'reschedule').map(({ commandId }) => commandId));
      const latest = ledger.results.findLast(({ result }) => result.batchId === batchId && result.verdict === 'applied' && own.has(result.commandId));
      if (latest?.result.commandId !== command.commandId || last === undefined || command.completeAfterDateTime === null) return;
      const cutover = jobs.course(last).attempts.at(-1)?.cutoverMs;
      const askedMs = Math.floor(Date.parse(command.completeAfterDateTime) / 1_000) * 1_000;
      if (cutover !== undefined && cutover < askedMs && !last.events.some(({ kind }) => kind === 'cancel')) yield `${name} to ${command.completeAfterDateTime} was applied, but ${batchId} cut over at ${new Date(cutover).toISOString()}`;
      return;
    }
    case 'deleteJobs':
      if (last !== undefined && !records.some(({ events }) => events.some(({ kind }) => kind === 'delete'))) yield `${name} was applied, but no job of ${batchId} is deleted`;
      return;
    default:
  }
}
