import type { ListedTask, MigrationDetail } from '../../../shared/contracts/responses.ts';
import type { CommandWithResults } from '../../../shared/contracts/command.ts';
import { type Outcome, outcomeCountsSchema } from '../../../shared/contracts/task.ts';
import type { EmulatorRecord } from './emulatorRecord.ts';

/** One migration as the app tells of it at the end. */
export interface ToldMigration {
  readonly migration: MigrationDetail;
  readonly tasks: readonly ListedTask[];
  readonly commands: readonly CommandWithResults[];
  /** The ids of the commands that the app said it had taken. */
  readonly takenCommandIds: readonly string[];
}

type Job = EmulatorRecord['jobs'][number];

/** Every promise that what the app tells, or what Graph has seen, breaks; each as one line. */
export function brokenPromises(told: readonly ToldMigration[], graph: EmulatorRecord): string[] {
  return [
    ...forbiddenCalls(graph),
    ...strayJobs(told, graph),
    ...told.flatMap((one) => {
      const jobs = graph.jobs.filter(({ displayName }) =>
        displayName.startsWith(`${one.migration.name}-b`),
      );
      const broken = [
        ...badEnd(one),
        ...badOutcomes(one, jobs, graph),
        ...unansweredCommands(one),
        ...untrueAnswers(one, jobs, graph),
        ...unapproved(one, jobs, graph),
      ];
      return broken.map((line) => `${one.migration.name}: ${line}`);
    }),
  ];
}

const finalPhases: readonly string[] = ['completed', 'completedWithErrors', 'failed', 'cancelled'];

function badEnd({ migration, tasks }: ToldMigration): string[] {
  const { phase, counts, taskCount } = migration;
  const broken = [];
  if (!finalPhases.includes(phase)) broken.push(`is ${phase}, no end`);
  if (
    new Set(tasks.map(({ taskId }) => taskId)).size !== tasks.length ||
    tasks.length !== taskCount
  )
    broken.push(`lists ${tasks.length} tasks of ${taskCount}`);
  const tally = {
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    invalid: 0,
    validated: 0,
    unknown: 0,
    pending: 0,
  };
  for (const { outcome } of tasks) tally[outcome ?? 'pending'] += 1;
  for (const outcome of outcomeCountsSchema.keyof().options) {
    if (tally[outcome] !== counts[outcome])
      broken.push(`counts ${counts[outcome]} ${outcome}, its tasks say ${tally[outcome]}`);
  }
  if (tally.pending > 0) broken.push(`${tally.pending} tasks have no outcome`);
  return broken;
}

function badOutcomes(
  { migration, tasks }: ToldMigration,
  jobs: readonly Job[],
  { moves }: EmulatorRecord,
): string[] {
  return tasks.flatMap(({ taskId, outcome, jobId, source, validation }) => {
    if (outcome === null) return [];
    if (migration.kind === 'sharePoint') {
      const own = moves.filter(({ parameters }) => parameters.sourceSiteUrl === source);
      const possible =
        own.length === 0 ? ['invalid', 'cancelled'] : (moveOutcomes[own[0]?.status ?? ''] ?? []);
      return own.length <= 1 && possible.includes(outcome)
        ? []
        : [
            `${source ?? taskId} is ${outcome}, Graph has ${own.map(({ status }) => status).join(', ') || 'no task'}`,
          ];
    }
    const job = jobs.findLast(({ resources }) => resources.includes(taskId));
    const possible =
      job === undefined
        ? ['cancelled']
        : userOutcomes(
            job,
            taskId,
            migration.validateOnly,
            validation.some(({ status }) => status === 'invalid'),
          );
    const isOfThatJob = job === undefined || jobId === job.id || outcome === 'cancelled';
    return possible.includes(outcome) && isOfThatJob
      ? []
      : [
          `user ${taskId} is ${outcome} in job ${jobId ?? 'none'}, Graph has ${job?.id ?? 'no job'} ${job?.status ?? ''}: ${possible.join(' or ')}`,
        ];
  });
}

const moveOutcomes: Readonly<Record<string, readonly Outcome[]>> = {
  completed: ['succeeded'],
  failed: ['failed'],
  cancelled: ['cancelled'],
};

/** What a user's record may be, by how the last job that held the user has ended. */
function userOutcomes(
  job: Job,
  taskId: string,
  validateOnly: boolean,
  isInvalid: boolean,
): readonly Outcome[] {
  const statuses =
    job.users.find(({ id }) => id === taskId)?.services.map(({ status }) => status) ?? [];
  if (statuses.some((status) => status === 'failed')) return ['failed'];
  if (statuses.length > 0 && statuses.every((status) => status === 'completed'))
    return ['succeeded'];
  // A cancelled job shows no verdict any more: whoever failed the validation is invalid, the others follow the request.
  if (statuses.length > 0 && statuses.every((status) => status === 'cancelled'))
    return isInvalid ? ['invalid'] : [validateOnly ? 'validated' : 'cancelled'];
  return [];
}

/** One job for each attempt of a batch, each of a migration, and created once. */
function strayJobs(told: readonly ToldMigration[], { jobs, log }: EmulatorRecord): string[] {
  const broken = [];
  const attempts = jobs.map(
    ({ displayName }) => /^(.+-b\d{3}-a\d+)-[0-9a-f]{12}$/.exec(displayName)?.[1] ?? displayName,
  );
  for (const attempt of new Set(attempts.filter((name, index) => attempts.indexOf(name) !== index)))
    broken.push(`attempt ${attempt} has more than one job`);
  const owned = told.flatMap(({ migration: { name, batches } }) =>
    batches.map(({ batchId }) => `${name}-${batchId}-a`),
  );
  for (const { displayName } of jobs)
    if (!owned.some((prefix) => displayName.startsWith(prefix)))
      broken.push(`no batch owns job ${displayName}`);
  const creates = log.filter(({ effect }) => effect?.startsWith('create ') === true).length;
  if (creates !== jobs.length)
    broken.push(`${creates} creates took effect for ${jobs.length} jobs`);
  return broken;
}

/**
 * What Graph may refuse: with 409, what it has done already and a crash has asked for again, and what a job no longer takes
 * once its date has passed; with 422, a date that has passed before the call arrived, on a clock this fast, and a SharePoint
 * task that fails its validation; with 404, a read. Everything else should not have been sent.
 */
function forbiddenCalls({ jobs, log }: EmulatorRecord): string[] {
  return log.flatMap(({ at, method, path, status, operation }, index) => {
    const isRepeated = (): boolean =>
      log
        .slice(0, index)
        .some(
          (earlier) =>
            earlier.method === method && earlier.path === path && earlier.effect !== null,
        );
    const isLate = (): boolean =>
      ['cancelJob', 'cancelTask', 'updateJob'].includes(operation) &&
      jobs.some(
        ({ id, completeAfterDateTime }) =>
          path.includes(id) && Date.parse(at) >= Date.parse(completeAfterDateTime),
      );
    const isAllowed =
      (status > 0 && status < 400) ||
      (status === 404 && method === 'GET') ||
      (status === 409 && (isRepeated() || isLate())) ||
      (status === 422 && ['createJob', 'updateJob', 'createSharePointTask'].includes(operation));
    return isAllowed ? [] : [`Graph refused ${method} ${path} with ${status} at ${at}`];
  });
}

function unansweredCommands({ commands, takenCommandIds }: ToldMigration): string[] {
  const lost = takenCommandIds
    .filter((id) => !commands.some(({ commandId }) => commandId === id))
    .map((id) => `command ${id} was taken and is not on record`);
  return [
    ...lost,
    ...commands
      .filter(({ state }) => state === 'pending')
      .map(({ kind, commandId }) => `${kind} ${commandId} has no answer`),
  ];
}

/** What the answers say against what Graph did. */
function untrueAnswers(
  { tasks, commands }: ToldMigration,
  jobs: readonly Job[],
  { log }: EmulatorRecord,
): string[] {
  return commands.flatMap(({ kind, results, taskId, state, commandId }) => {
    const outcomesOf = (batchId: string | null) =>
      tasks.filter((task) => task.batchId === batchId).map(({ outcome }) => outcome);
    if (kind === 'cancelTask') {
      const outcome = tasks.find((task) => task.taskId === taskId)?.outcome ?? 'pending';
      const isTaken = log.some(
        ({ effect, path }) => effect === 'cancelUser' && path.endsWith(`/${taskId ?? ''}/cancel`),
      );
      return (state === 'applied' ? outcome === 'cancelled' : !isTaken)
        ? []
        : [
            `cancelTask ${commandId} was ${state}, its user is ${outcome}, Graph has ${isTaken ? '' : 'not '}taken it`,
          ];
    }
    if (kind !== 'cancel') return [];
    return results.flatMap(({ batchId, verdict, decidedAt }) => {
      if (verdict !== 'applied') return [];
      const moved = outcomesOf(batchId).filter((outcome) => outcome === 'succeeded').length;
      const own = jobs.filter(({ displayName }) => displayName.includes(`-${batchId ?? ''}-a`));
      const after = log.filter(
        ({ at, effect, path }) =>
          at > decidedAt &&
          ['validate', 'migrate'].includes(effect ?? '') &&
          own.some(({ id }) => path.includes(id)),
      );
      return [
        ...(moved > 0
          ? [`cancel was applied to ${batchId ?? ''}, ${moved} of its tasks succeeded`]
          : []),
        ...after.map(
          ({ effect, at }) =>
            `${effect ?? ''} of ${batchId ?? ''} took effect at ${at}, after its cancel at ${decidedAt}`,
        ),
      ];
    });
  });
}

function unapproved(
  { migration, commands }: ToldMigration,
  jobs: readonly Job[],
  { log }: EmulatorRecord,
): string[] {
  if (migration.approvalHours === null) return [];
  const approvedAt = commands
    .filter(
      ({ kind, state, by }) =>
        kind === 'approve' && state === 'applied' && by !== migration.requestedBy,
    )
    .map(({ results }) => results[0]?.decidedAt ?? '')[0];
  const cutovers = log.filter(
    ({ effect, path }) => effect === 'migrate' && jobs.some(({ id }) => path.includes(id)),
  );
  return cutovers
    .filter(({ at }) => approvedAt === undefined || at < approvedAt)
    .map(({ path, at }) => `${path} took effect at ${at}, approved ${approvedAt ?? 'never'}`);
}
