import { type JobRecord, stepAt } from '../../../local/graph-emulator/index.ts';
import type { CommandWithResults } from '../../../shared/contracts/command.ts';
import { accepts, endsWatch, isUnderWay } from '../../../shared/domain/lifecycle.ts';
import { batchKeyOf } from '../ledger.ts';
import type { Evidence, Promised, StoredMigration } from './evidence.ts';
import { isHiddenAfterCreate, outOfSightBy, shows } from './sightings.ts';

/** Every command that was taken is on record and has its answer from every batch that it addresses, and the answer is what happened. */
export const commandsAreAnswered: Promised = function* (evidence) {
  const { stored, ledger } = evidence;
  for (const { told, commandId, kind, migrationId } of ledger.askings) {
    if (
      told === 'accepted' &&
      !stored.some(({ commands }) => commands.some((command) => command.commandId === commandId))
    )
      yield `${kind} of ${migrationId} was taken and is not on record`;
  }
  yield* nothingIsTurnedAway(evidence);
  for (const one of stored) {
    for (const command of one.commands) {
      const name = `${command.kind} of ${one.migration.id}`;
      if (command.state === 'pending') {
        yield `${name} was never answered by ${command.targets.filter((target) => !command.results.some(({ batchId }) => batchId === target)).join()}`;
        continue;
      }
      yield* decisionIsTrue(one, command, name);
      for (const { batchId, verdict } of command.results) {
        if (batchId === null) continue;
        if (verdict === 'unconfirmed')
          yield* unconfirmedIsTrue(evidence, one, command, batchId, name);
        if (one.migration.kind !== 'users') continue;
        if (verdict === 'applied') yield* appliedIsTrue(evidence, one, command, batchId, name);
        if (verdict === 'tooLate' && command.kind === 'cancel')
          yield* tooLateIsTrue(evidence, command, batchId, name);
      }
    }
  }
};

function* decisionIsTrue(
  { book: { approvals } }: StoredMigration,
  { kind, by, byId, approvalId, state }: CommandWithResults,
  name: string,
): Generator<string> {
  if (kind !== 'approve' && kind !== 'reject') return;
  const decision = approvals.find((approval) => approval.approvalId === approvalId)?.decision;
  const isHis =
    decision?.by === by &&
    decision.byId === byId &&
    decision.verdict === (kind === 'approve' ? 'approved' : 'rejected');
  if ((state === 'applied') !== isHis)
    yield `${name} by ${String(by)} was answered with ${state}, but the decision is ${String(decision?.verdict)} by ${String(decision?.by)}`;
}

/** As long as a job may be stopped, whoever asks for that is heard. */
function* nothingIsTurnedAway({ ledger, jobsOf, jobs }: Evidence): Generator<string> {
  for (const { kind, code, migrationId, atMs } of ledger.askings) {
    if (code !== 'tooLate' || (kind !== 'cancel' && kind !== 'pause' && kind !== 'reschedule'))
      continue;
    for (const [key, records] of jobsOf) {
      if (!key.startsWith(`${migrationId} `)) continue;
      for (const record of records) {
        if ((record.events[0]?.atMs ?? 0) > atMs) continue;
        const course = jobs.timeline(record);
        const { status } = stepAt(course, atMs);
        // What began in the same millisecond may have come after the answer.
        if (isUnderWay(status) && isUnderWay(stepAt(course, atMs - 1).status))
          yield `${kind} of ${migrationId} was turned away while job ${record.job.id.slice(0, 8)} was ${status}`;
      }
    }
  }
}

/** `unconfirmed` is said only where Graph did not answer what was asked of it, and not any more once the job has been seen. */
function* unconfirmedIsTrue(
  { callsOf }: Evidence,
  { migration }: StoredMigration,
  { migrationId, results }: CommandWithResults,
  batchId: string,
  name: string,
): Generator<string> {
  const decidedMs = Date.parse(
    results.find((result) => result.batchId === batchId)?.decidedAt ?? '',
  );
  const calls = callsOf.get(batchKeyOf(migrationId, batchId)) ?? [];
  if (!calls.some((call) => call.atMs <= decidedMs && !shows(call)))
    yield `${name} is unconfirmed in ${batchId}, and Graph had answered everything`;
  const seen =
    migration.kind === 'users'
      ? calls.find((call) => call.operation === 'getJob' && call.atMs > decidedMs && shows(call))
      : undefined;
  if (seen !== undefined)
    yield `${name} is unconfirmed in ${batchId}, and the job was seen at ${new Date(seen.atMs).toISOString()}`;
}

/** A cancel comes too late only where the job does not take it any more. */
function* tooLateIsTrue(
  { callsOf, jobsOf, jobs }: Evidence,
  { migrationId, results, acceptedAt }: CommandWithResults,
  batchId: string,
  name: string,
): Generator<string> {
  const key = batchKeyOf(migrationId, batchId);
  const decidedMs = Date.parse(
    results.find((result) => result.batchId === batchId)?.decidedAt ?? '',
  );
  const last = (jobsOf.get(key) ?? []).findLast(
    ({ events }) => (events[0]?.atMs ?? 0) <= decidedMs,
  );
  if (last === undefined) return;
  const course = jobs.timeline(last);
  const { status } = stepAt(course, decidedMs);
  // A retry may have taken effect in the same millisecond.
  const before = stepAt(course, decidedMs - 1).status;
  // Commands of one millisecond are written down a millisecond apart.
  const isRefused = (callsOf.get(key) ?? []).some(
    ({ operation, status: answer, atMs }) =>
      operation === 'cancelJob' &&
      answer >= 400 &&
      atMs >= Date.parse(acceptedAt) - 1_000 &&
      atMs <= decidedMs,
  );
  if (isUnderWay(status) && accepts(status, 'cancel') && accepts(before, 'cancel') && !isRefused)
    yield `${name} came too late for ${batchId}, and its job was ${status}`;
}

function* appliedIsTrue(
  { callsOf, jobsOf, jobs, endMs, ledger }: Evidence,
  { tasks, commands }: StoredMigration,
  command: CommandWithResults,
  batchId: string,
  name: string,
): Generator<string> {
  const records = jobsOf.get(batchKeyOf(command.migrationId, batchId)) ?? [];
  const last = records.at(-1);
  const users = tasks.filter((task) => task.batchId === batchId);
  switch (command.kind) {
    case 'cancel': {
      const retries = commands.filter(
        ({ kind, results }) =>
          kind === 'retry' &&
          results.some((result) => result.batchId === batchId && result.verdict === 'applied'),
      );
      const status = last === undefined ? 'cancelled' : stepAt(jobs.timeline(last), endMs).status;
      // A retry takes up again what had ended: its job is not the one that the cancel was about, or the other way round.
      if (
        retries.length === 0 &&
        !isHiddenAfterCreate(callsOf.get(batchKeyOf(command.migrationId, batchId)) ?? []) &&
        !['cancelled', 'pendingCancel', 'pendingDelete', 'deleted'].includes(status)
      )
        yield `${name} was applied, but the job of ${batchId} is ${status}`;
      const cancelledAt =
        command.results.find((result) => result.batchId === batchId)?.decidedAt ??
        command.acceptedAt;
      const retriedAt =
        retries.map(({ acceptedAt }) => acceptedAt).find((at) => at >= cancelledAt) ?? '9';
      if (
        users.some(
          ({ outcome, updatedAt }) =>
            outcome === 'succeeded' &&
            (retries.length === 0 || (updatedAt > cancelledAt && updatedAt < retriedAt)),
        )
      )
        yield `${name} was applied, but users of ${batchId} are on record as succeeded`;
      return;
    }
    case 'cancelTask': {
      const user = users.find(({ taskId }) => taskId === command.taskId);
      // A job that had ended before goes on with nobody.
      const hadEnded = (record: JobRecord): boolean =>
        endsWatch('migrated', stepAt(jobs.timeline(record), Date.parse(command.acceptedAt)).status);
      const isOut = records.every(
        (record) =>
          hadEnded(record) ||
          !record.job.resources.includes(command.taskId ?? '') ||
          jobs.timeline(record).cancelledUsers.has(command.taskId ?? '') ||
          record.events.some(({ kind }) => kind === 'cancel'),
      );
      // Whom a retry had taken up again is let go of with the outcome that he had.
      const isAsBefore =
        (user?.outcome === 'failed' || user?.outcome === 'invalid') &&
        commands.some(
          ({ kind, acceptedAt }) => kind === 'retry' && acceptedAt <= command.acceptedAt,
        );
      if (user?.outcome !== 'cancelled' && !isAsBefore)
        yield `${name} for user ${String(command.taskId?.slice(-2))} was applied, but he is on record as ${String(user?.outcome)}`;
      // A job that Graph has not shown for so long counts as gone.
      const decidedMs = Date.parse(
        command.results.find((result) => result.batchId === batchId)?.decidedAt ?? '',
      );
      const isGone =
        outOfSightBy(callsOf.get(batchKeyOf(command.migrationId, batchId)) ?? [], decidedMs)
          .length > 0;
      if (!isOut && !isGone)
        yield `${name} for user ${String(command.taskId?.slice(-2))} was applied, but a job goes on with him`;
      return;
    }
    case 'reschedule': {
      const own = new Set(
        commands.filter(({ kind }) => kind === 'reschedule').map(({ commandId }) => commandId),
      );
      const latest = ledger.results.findLast(
        ({ result }) =>
          result.batchId === batchId && result.verdict === 'applied' && own.has(result.commandId),
      );
      if (
        latest?.result.commandId !== command.commandId ||
        last === undefined ||
        command.completeAfterDateTime === null
      )
        return;
      const cutover = jobs.timeline(last).migrations.at(-1)?.cutoverMs;
      const askedMs = Math.floor(Date.parse(command.completeAfterDateTime) / 1_000) * 1_000;
      if (
        cutover !== undefined &&
        cutover < askedMs &&
        !last.events.some(({ kind }) => kind === 'cancel')
      )
        yield `${name} to ${command.completeAfterDateTime} was applied, but ${batchId} cut over at ${new Date(cutover).toISOString()}`;
      return;
    }
    case 'deleteJobs':
      if (
        last !== undefined &&
        !records.some(({ events }) => events.some(({ kind }) => kind === 'delete'))
      )
        yield `${name} was applied, but no job of ${batchId} is deleted`;
      return;
    default:
  }
}
