import { brokenAt } from '../../../shared/storage/auditChain.ts';
import type { Promised } from './evidence.ts';

/** The audit trail of every migration is one whole chain, and every command and every answer is in it. */
export const auditTrailHolds: Promised = function* ({ stored }) {
  for (const { migration, trail, commands } of stored) {
    const broken = brokenAt(trail);
    if (broken !== undefined) yield `the chain of ${migration.id} breaks at ${String(broken)}`;
    const ids = new Set(trail.map(({ eventId }) => eventId));
    for (const { commandId, kind, results } of commands) {
      if (!ids.has(`command/${commandId}`)) yield `${kind} of ${migration.id} is not in the trail`;
      for (const { batchId, verdict } of results) {
        if (!ids.has(`command/${commandId}/${batchId ?? ''}${verdict === 'unconfirmed' ? '/unconfirmed' : ''}`)) yield `the answer of ${batchId ?? 'the app'} to ${kind} of ${migration.id} is not in the trail`;
      }
    }
  }
};
