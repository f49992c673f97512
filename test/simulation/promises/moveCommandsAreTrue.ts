import type { CommandWithResults } from '../../../shared/contracts/command.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import type { Evidence, Promised, StoredMigration } from './evidence.ts';
import { callsOfMove, createdBy, moveName, isOfLateCreate } from './movesAreTrue.ts';

/** What the batches of SharePoint tasks have answered as applied has happened: what was cancelled does not move, what was put off does not start before. */
export const moveCommandsAreTrue: Promised = function* (evidence) {
  for (const stored of evidence.stored) {
    if (stored.migration.kind !== 'sharePoint') continue;
    for (const command of stored.commands) {
      for (const { batchId, verdict, decidedAt } of command.results) {
        if (batchId === null || verdict !== 'applied') continue;
        const tasks = stored.tasks.filter((task) => task.batchId === batchId);
        if (command.kind === 'cancel')
          yield* isCancelled(evidence, stored, tasks, command, decidedAt);
        if (command.kind === 'cancelTask')
          yield* isCancelled(
            evidence,
            stored,
            tasks.filter(({ taskId }) => taskId === command.taskId),
            command,
            decidedAt,
          );
        if (command.kind === 'reschedule') yield* isPutOff(evidence, tasks, command, batchId);
      }
    }
  }
};

function* isCancelled(
  evidence: Evidence,
  { commands }: StoredMigration,
  tasks: readonly Task[],
  { kind }: CommandWithResults,
  decidedAt: string,
): Generator<string> {
  const isRetried = commands.some(
    (command) =>
      command.kind === 'retry' &&
      command.results.some(
        ({ batchId, verdict }) =>
          verdict === 'applied' && tasks.some((task) => task.batchId === batchId),
      ),
  );
  if (isRetried) return;
  for (const task of tasks) {
    if (task.outcome === 'succeeded' && task.updatedAt > decidedAt)
      yield `${kind} was applied, but ${moveName(task)} is on record as succeeded`;
    if (kind === 'cancelTask' && task.outcome !== 'cancelled')
      yield `${kind} was applied, but ${moveName(task)} is on record as ${String(task.outcome)}`;
    const calls = callsOfMove(evidence, task);
    for (const record of createdBy(evidence, calls)) {
      if (isOfLateCreate(calls, record.task.id)) continue;
      const { status, atMs } = evidence.moves.stepAt(record, evidence.endMs);
      if (status === 'completed' && atMs > Date.parse(decidedAt))
        yield `${kind} was applied, but Graph has moved ${moveName(task)}`;
    }
  }
}

function* isPutOff(
  evidence: Evidence,
  tasks: readonly Task[],
  { commandId, completeAfterDateTime, migrationId }: CommandWithResults,
  batchId: string,
): Generator<string> {
  const { ledger } = evidence;
  const answer = ledger.results.find(
    ({ result }) => result.commandId === commandId && result.batchId === batchId,
  );
  const isLatest =
    ledger.commands.findLast(
      ({ command }) => command.kind === 'reschedule' && command.migrationId === migrationId,
    )?.command.commandId === commandId;
  if (answer === undefined || completeAfterDateTime === null || !isLatest) return;
  const askedMs = Math.floor(Date.parse(completeAfterDateTime) / 1_000) * 1_000;
  for (const task of tasks) {
    const later = callsOfMove(evidence, task).filter(({ seq }) => seq > answer.seq);
    for (const { task: created } of createdBy(evidence, later)) {
      const { preferredStartDateTime } = created.parameters;
      if (preferredStartDateTime == null || Date.parse(preferredStartDateTime) < askedMs)
        yield `reschedule to ${completeAfterDateTime} was applied, but ${moveName(task)} was created to start at ${String(preferredStartDateTime)}`;
    }
  }
}
