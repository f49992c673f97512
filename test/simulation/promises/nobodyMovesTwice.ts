import { userTaskAt } from '../../../local/graph-emulator/index.ts';
import { migrationRequestSchema } from '../../../shared/contracts/request.ts';
import { type Evidence, lastShownMs, type Promised } from './evidence.ts';
import { callsOfMove, countsAsGone, createdBy, moveName, wasLeftUnclear } from './movesAreTrue.ts';

interface SharePointTaskRow {
  readonly migrationId: string;
  readonly createdMs: number;
  readonly what: string;
}

/** No user and no source is moved twice, by whichever jobs, tasks and migrations, unless the later request says so. */
export const nobodyMovesTwice: Promised = function* (evidence) {
  for (const [id, moves] of [...userMoves(evidence), ...sourceMoves(evidence)]) {
    for (const [index, { migrationId, what }] of moves
      .toSorted((a, b) => a.createdMs - b.createdMs)
      .entries()) {
      if (index > 0 && !saysMoveAgain(evidence, migrationId, id))
        yield `${id.slice(0, 2)}…${id.slice(-2)} was moved again by ${what}, after ${moves[index - 1]?.what ?? ''}`;
    }
  }
};

function userMoves({ jobsOf, jobs, scenario, endMs }: Evidence): Map<string, SharePointTaskRow[]> {
  const moved = new Map<string, SharePointTaskRow[]>();
  for (const [key, records] of jobsOf) {
    for (const record of records) {
      const { job, events } = record;
      const course = jobs.timeline(record);
      if (!events.some(({ kind }) => kind === 'migrate')) continue;
      for (const user of course.users) {
        if (
          userTaskAt(record, scenario, course, user, lastShownMs(record, endMs)).currentStatus.some(
            ({ status }) => status !== 'completed',
          )
        )
          continue;
        const move = {
          migrationId: key.split(' ')[0] ?? '',
          createdMs: events[0]?.atMs ?? 0,
          what: `job ${job.id.slice(0, 8)} of ${key}`,
        };
        moved.set(user.toLowerCase(), [...(moved.get(user.toLowerCase()) ?? []), move]);
      }
    }
  }
  return moved;
}

function sourceMoves(evidence: Evidence): Map<string, SharePointTaskRow[]> {
  const moved = new Map<string, SharePointTaskRow[]>();
  for (const task of evidence.stored.flatMap(({ tasks }) => tasks)) {
    // Of one that cannot be looked up the app says that it does not know.
    if (task.parameters === null || wasLeftUnclear(evidence, task)) continue;
    const calls = callsOfMove(evidence, task);
    for (const record of createdBy(evidence, calls)) {
      if (
        countsAsGone(calls, record.task.id) ||
        record.task.parameters.validateOnly === true ||
        evidence.moves.stepAt(record, evidence.endMs).status !== 'completed'
      )
        continue;
      const move = {
        migrationId: task.migrationId,
        createdMs: record.task.createdMs,
        what: `task ${record.task.id.slice(0, 8)} for ${moveName(task)}`,
      };
      moved.set(task.taskId, [...(moved.get(task.taskId) ?? []), move]);
    }
  }
  return moved;
}

function saysMoveAgain({ ledger }: Evidence, migrationId: string, id: string): boolean {
  const body = ledger.replies.find(
    (reply) => reply.kind === 'accepted' && reply.migrationId === migrationId,
  )?.request;
  const request = migrationRequestSchema.safeParse(body).data;
  if (request === undefined) return false;
  return (
    request.moveAgain ||
    (request.kind === 'users' &&
      request.users.some(
        (user) => user.targetUserId === id && 'moveAgain' in user && user.moveAgain === true,
      ))
  );
}
