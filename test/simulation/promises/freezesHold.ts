import { firstBrokenSequence } from '../../../shared/storage/events.ts';
import type { Call } from '../ledger.ts';
import type { Promised } from './evidence.ts';

const beginnings: readonly Call['operation'][] = [
  'createJob',
  'migrateJob',
  'createTask',
  'updateUserMappings',
  'updateGroupMappings',
];

/**
 * No create and no migrate reaches Graph, taken or not, from an activity that began after a freeze had been answered and sent it before somebody asked to lift
 * it; and every freeze is in a trail that holds.
 */
export const freezesHold: Promised = function* ({ ledger, freezeTrail }) {
  for (const call of ledger.calls) {
    if (!begins(call)) continue;
    const before = ledger.freezes.findLast(({ seq }) => seq < call.startSeq);
    const isLifted = ledger.freezes.some(
      ({ seq, kind }) => seq > call.startSeq && seq < call.sentSeq && kind === 'unfreeze',
    );
    if (before?.kind === 'freeze' && !isLifted)
      yield `${call.operation} of ${call.batchKey} was sent in a freeze, by ${call.activity}`;
  }
  const broken = firstBrokenSequence(freezeTrail);
  if (broken !== undefined) yield `the chain of freezes breaks at ${String(broken)}`;
  const told = freezeTrail.filter(({ type }) => type === 'command.freeze').length;
  const asked = ledger.freezes.filter(({ kind }) => kind === 'freeze').length;
  if (told < asked)
    yield `${String(asked)} freezes were answered, and ${String(told)} are on record`;
  if (
    freezeTrail.filter(({ type }) => type === 'frozen').length !==
    freezeTrail.filter(({ type }) => type === 'unfrozen').length
  )
    yield 'a freeze or its end was not told';
};

function begins({ operation, request }: Call): boolean {
  // A validation creates nothing.
  return operation === 'createSharePointTask'
    ? !request.includes('"validateOnly":true')
    : beginnings.includes(operation);
}
