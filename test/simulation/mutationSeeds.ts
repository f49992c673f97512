import type { Mechanism } from './sabotage.ts';

const known: Readonly<Partial<Record<Mechanism, number>>> = {
  'the claim is inserted only if absent': 4,
  'the claim carries a fingerprint': 4,
  'a job is looked up by its name': 11,
  "a job's name is derived": 11,
  'the status is read before an action': 3,
  'the gate heeds a cancel': 5,
  'the gate heeds a pause': 2,
  'the gate waits for approval': 3,
  'the requester cannot approve': 27,
  'the first decision holds': 2,
  'a command is a row': 5,
  'every batch answers a command': 2,
  'Retry-After is heeded': 149,
  'an outcome is written once': 3,
  'outcomes are what Graph reports': 2,
  'the sweep starts what was left': 425,
  'the sweep sees what was left of commands': 36,
  'every command is in the audit trail': 2,
  'a refused message is on record': 5,
  'a place in the queue is given back': 1,
  'the source is looked up before a SharePoint task is created': 22,
  'a replayed message is its migration for good': 5,
  'the host syncs before it dispatches': 11,
};

/** For a mechanism the seed from which on the search begins: one that has found it missing, as docs/guarantees.md has it. */
export function mutationSeed(off: Mechanism): number {
  return known[off] ?? 1;
}
