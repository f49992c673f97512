import { commandBodySchema } from '../../shared/contracts/command.ts';
import { hasFinalOutcome } from '../../shared/domain/polling.ts';
import type { ActivityServices } from '../activityServices.ts';
import { type CancelResult, cancelTask as cancelSharePointTask } from '../sharePoint/cancelTask.ts';
import type { SharePointTaskRow } from '../sharePoint/taskRow.ts';
import type { CommandDefinition } from './commandDefinition.ts';
import { addressTask, addressUnfinished } from './commandTargets.ts';
import type { CommandExecution } from './interpretCommands.ts';

const common = {
  role: 'Migrations.Submit',
  appliesTo: ['users', 'sharePoint'],
  body: commandBodySchema,
} as const;

/** Cancels a migration: every batch that has not ended. */
export const cancel: CommandDefinition = {
  ...common,
  route: {
    name: 'cancelMigration',
    path: 'cancel',
    summary: 'Cancel a migration',
  },
  isUrgent: true,
  accept: addressUnfinished,
  // A task that ended before the command is not affected by it.
  executeForSharePoint: ({ acceptedAt }, taskRows, services) =>
    cancelTasks(
      taskRows.filter((taskRow) => !hasFinalOutcome(taskRow) || taskRow.updatedAt >= acceptedAt),
      services,
    ),
  tookEffect: (_command, jobStatus) => jobStatus === 'cancelled',
};

/** Cancels one task of a migration. */
export const cancelTask: CommandDefinition = {
  ...common,
  route: {
    name: 'cancelMigrationTask',
    path: 'tasks/{taskId}/cancel',
    summary: 'Cancel one task of a migration',
  },
  accept: addressTask,
  executeForSharePoint: (command, taskRows, services) =>
    cancelTasks(
      taskRows.filter(({ taskId }) => taskId === command.taskId),
      services,
    ),
  tookEffect: ({ taskId }, _jobStatus, tasks) =>
    tasks.some((task) => task.taskId === taskId && task.outcome === 'cancelled'),
};

async function cancelTasks(
  taskRows: readonly SharePointTaskRow[],
  services: ActivityServices,
): Promise<CommandExecution> {
  if (taskRows.length === 0) return { verdict: 'tooLate', detail: 'every task had ended before' };
  const results: CancelResult[] = [];
  for (const taskRow of taskRows) {
    const result = await cancelSharePointTask(taskRow, services);
    results.push(result);
    if (result.kind === 'wait' && result.isSilent === true) break;
  }
  const askedSeconds = Math.max(
    ...results.map((result) => ('askedSeconds' in result ? result.askedSeconds : 0)),
  );
  if (results.some(({ kind }) => kind === 'wait')) return { verdict: 'postponed', askedSeconds };
  const count = (kind: CancelResult['kind']): number =>
    results.filter((result) => result.kind === kind).length;
  const stopped = count('stopped');
  const [refusal] = results.flatMap((result) => (result.kind === 'refused' ? [result] : []));
  const [unseen] = results.flatMap((result) => (result.kind === 'unconfirmed' ? [result] : []));
  const detail = [
    ...(stopped > 0 ? [`${String(stopped)} cancelled`] : []),
    ...(count('started') > 0 ? [`${String(count('started'))} had started and continue`] : []),
    ...(count('ended') > 0 ? [`${String(count('ended'))} had ended`] : []),
    ...(refusal === undefined ? [] : [`${String(count('refused'))} refused (${refusal.reason})`]),
    ...(unseen === undefined
      ? []
      : [`${String(count('unconfirmed'))} unconfirmed (${unseen.reason})`]),
  ].join(', ');
  if (unseen !== undefined) return { verdict: 'unconfirmed', detail, askedSeconds };
  if (stopped === results.length) return { verdict: 'applied', detail };
  if (stopped > 0) return { verdict: 'partlyApplied', detail };
  return { verdict: refusal === undefined ? 'tooLate' : 'refused', detail };
}
