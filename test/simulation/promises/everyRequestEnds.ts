import { migrationRequestSchema } from '../../../shared/contracts/request.ts';
import { isFinalPhase } from '../../../shared/domain/outcomes.ts';
import { rejectionId } from '../../../shared/intake/rejections.ts';
import { contentHash, sharePointTaskId } from '../../../shared/storage/rows.ts';
import { addedUsers, messageText } from '../people.ts';
import type { Promised } from './evidence.ts';

/** Whoever was told yes finds his migration at its end, with his users and no others; one request is one migration. */
export const everyRequestEnds: Promised = function* ({ plan, ledger, stored, rejections, isOver }) {
  if (!isOver) yield 'the run does not come to an end';
  for (const { migration, tasks, commands } of stored) {
    if (!isFinalPhase(migration.phase)) yield `${migration.id} is ${migration.phase} for ever`;
    if (migration.counts.pending > 0)
      yield `${migration.id} has ended with ${String(migration.counts.pending)} pending users`;
    const addedIds = new Set(commands.some(({ kind }) => kind === 'addTasks') ? addedUsers : []);
    const fingerprints = new Set<string>();
    for (const { kind, migrationId, request: body } of ledger.replies) {
      if (kind !== 'accepted' || migrationId !== migration.id) continue;
      const request = migrationRequestSchema.parse(body);
      fingerprints.add(contentHash(request));
      const asked = new Set(
        request.kind === 'users'
          ? request.users.map(({ targetUserId }) => targetUserId)
          : request.tasks.map(sharePointTaskId),
      );
      const held = tasks.map(({ taskId }) => taskId);
      const strangers = held.filter((id) => !asked.has(id) && !addedIds.has(id));
      const absent = [...asked].filter((id) => !held.includes(id));
      if (absent.length + strangers.length > 0 || new Set(held).size < held.length)
        yield `${migration.id} was accepted for ${[...asked].join()} and holds ${held.join()}`;
    }
    if (fingerprints.size > 1)
      yield `${migration.id} stands for ${String(fingerprints.size)} different requests`;
  }
  const ids = new Set(stored.map(({ migration }) => migration.id));
  for (const { submission, kind, migrationId } of ledger.replies) {
    if (kind === 'accepted' && !ids.has(migrationId ?? ''))
      yield `request ${String(submission)} was accepted as ${String(migrationId)}, which is nowhere`;
  }
  for (const [index, { way, givesUp, body }] of plan.submissions.entries()) {
    const replies = ledger.replies.filter(({ submission }) => submission === index);
    if (replies.length === 0 && isOver && !(givesUp && way === 'http'))
      yield `request ${String(index)} was never answered`;
    const isRefused =
      way !== 'http' && replies.some(({ kind }) => kind === 'rejected' || kind === 'poisoned');
    if (
      isRefused &&
      !rejections.some(({ id }) => id === rejectionId(messageText(index, { body, way })))
    )
      yield `message ${String(index)} was refused and is not on record`;
  }
};
