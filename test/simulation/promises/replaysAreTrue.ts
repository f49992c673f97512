import type { Promised } from './evidence.ts';

/** A refused message is one migration at most, however often and by however many it is replayed; what they are told stays true, and the migration's trail says where it comes from. */
export const replaysAreTrue: Promised = function* ({ ledger, stored, rejections }) {
  const byMessage = Map.groupBy(ledger.replays, ({ id }) => id);
  for (const [id, replays] of byMessage) {
    const rejection = rejections.find((one) => one.id === id);
    if (rejection === undefined) {
      yield `message ${id} was replayed and is not on record`;
      continue;
    }
    if (replays.some(({ kind }) => kind === 'notFound'))
      yield `the replay of ${id} was told that there is no such message`;
    const delivered = ledger.replies.filter(
      ({ submission, kind }) => kind === 'accepted' && submission === replays[0]?.submission,
    );
    const ids = new Set([...replays, ...delivered].flatMap(({ migrationId }) => migrationId ?? []));
    if (ids.size > 1)
      yield `message ${id} has become ${String(ids.size)} migrations: ${[...ids].join()}`;
    for (const { kind, migrationId } of replays) {
      if (kind !== 'accepted') continue;
      const migration = stored.find((one) => one.migration.id === migrationId);
      if (migration === undefined)
        yield `the replay of ${id} was accepted as ${String(migrationId)}, which is nowhere`;
      else if (!migration.trail.some(({ eventId }) => eventId === `replay/${id}`))
        yield `the trail of ${String(migrationId)} does not say that it comes from ${id}`;
      if (rejection.migrationId !== migrationId)
        yield `the replay of ${id} was accepted as ${String(migrationId)}, but it is on record as ${String(rejection.migrationId)}`;
    }
  }
};
