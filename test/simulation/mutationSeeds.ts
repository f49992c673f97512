import type { Mechanism } from './sabotage.ts';

const known: Readonly<Partial<Record<Mechanism, number>>> = {
  'the claim is inserted only if absent': 4,
  'the claim carries a fingerprint': 4,
  'a job is looked up by its name': 11,
  "a job's name is derived": 11,
  'the status is read before an action': 1,
  'the gate heeds a cancel': 13,
  'the gate heeds a pause': 31,
  'the gate waits for approval': 2,
  'the requester cannot approve': 62,
  'the first decision holds': 2,
  'a command is a row': 10,
  'every batch answers a command': 3,
  'Retry-After is heeded': 48,
  'an outcome is written once': 1,
  'outcomes are what Graph reports': 5,
  'every command is in the audit trail': 2,
  'a refused message is on record': 5,
  'the sweep starts what was left': 120,
};

/** For a mechanism the seed from which on the search begins: one that has found it missing, as docs/guarantees.md has it. */
export function mutationSeed(off: Mechanism): number {
  return known[off] ?? 1;
}
