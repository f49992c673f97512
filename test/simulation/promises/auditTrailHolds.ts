import { rejectionsChain } from '../../../shared/contracts/audit.ts';
import { parseAnchors } from '../../../tools/verify-audit/readAnchors.ts';
import { trailBreak } from '../../../tools/verify-audit/trailBreak.ts';
import type { Promised } from './evidence.ts';

/**
 * The audit trail of every migration, and that of the refused messages, is one whole chain that begins with the acceptance and has every event
 * that an anchor, an outcome message or the row names; every outcome message has its anchor; every command and every answer is in the trail.
 */
export const auditTrailHolds: Promised = function* ({ stored, rejectionTrail, anchorBlobs, sent }) {
  const anchors = parseAnchors(anchorBlobs);
  const messages = parseAnchors([{ name: 'migration-outcomes', text: JSON.stringify(sent) }]);
  yield* [...anchors.faults, ...messages.faults];
  for (const [chain, places] of messages.byChain) {
    for (const { sequence, hash, source } of places) {
      if (
        anchors.byChain
          .get(chain)
          ?.some((anchor) => anchor.sequence === sequence && anchor.hash === hash) !== true
      )
        yield `${source} was sent for event ${String(sequence)} of ${chain} without an anchor`;
    }
  }
  const known = (chain: string) => [
    ...(anchors.byChain.get(chain) ?? []),
    ...(messages.byChain.get(chain) ?? []),
  ];
  const rejectionsBreak = trailBreak({
    chain: rejectionsChain,
    events: rejectionTrail,
    known: known(rejectionsChain),
  });
  if (rejectionsBreak !== undefined)
    yield `the trail of the refused messages breaks at ${String(rejectionsBreak.sequence)}: ${rejectionsBreak.reason}`;
  for (const { migration, trail, commands } of stored) {
    const { id, auditHead } = migration;
    const broken = trailBreak({
      chain: id,
      events: trail,
      migration,
      known: [...known(id), ...(auditHead === null ? [] : [{ ...auditHead, source: 'the row' }])],
    });
    if (broken !== undefined)
      yield `the trail of ${id} breaks at ${String(broken.sequence)}: ${broken.reason}`;
    const ids = new Set(trail.map(({ eventId }) => eventId));
    for (const { commandId, kind, results } of commands) {
      if (!ids.has(`command/${commandId}`)) yield `${kind} of ${migration.id} is not in the trail`;
      for (const { batchId, verdict } of results) {
        if (
          !ids.has(
            `command/${commandId}/${batchId ?? ''}${verdict === 'unconfirmed' ? '/unconfirmed' : ''}`,
          )
        )
          yield `the answer of ${batchId ?? 'the app'} to ${kind} of ${migration.id} is not in the trail`;
      }
    }
  }
};
