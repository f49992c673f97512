import type { Mechanism } from './sabotage.ts';

const known: Readonly<Partial<Record<Mechanism, number>>> = {
  'the claim is inserted only if absent': 4,
  'the claim carries a fingerprint': 4,
  'a job is looked up by its name': 15,
  "a job's name is derived": 15,
  'the status is read before an action': 5,
  'the gate heeds a cancel': 2,
  'the gate heeds a pause': 2,
  'the gate waits for approval': 2,
  'an approval covers whom it was given for': 85,
  'an approval ends with the validation that it was given for': 260,
  'the requester cannot approve': 1,
  'the first decision holds': 2,
  'a command is a row': 12,
  'every batch answers a command': 2,
  'Retry-After is heeded': 5,
  'an outcome is written once': 5,
  'outcomes are what Graph reports': 5,
  'the sweep starts what was left': 1032,
  'the sweep sees what was left of commands': 1077,
  'every command is in the audit trail': 1,
  'an outcome message is anchored before it is sent': 1,
  'a refused message is on record': 1,
  'a place in the queue is given back': 1,
  'the source is looked up before a SharePoint task is created': 97,
  'a replayed message is its migration for good': 1,
  'a refused read decides nothing': 101,
  'absence is believed after a day': 141,
  'a user is reserved in the ledger': 32,
  'who was moved is not moved again': 120,
  'a result that is unconfirmed is tried again': 16,
  'everything is frozen by one row': 13,
  'the host syncs before it dispatches': 579,
  "a lost worker's work is handed out again": 160,
};

/** For a mechanism the seed from which on the search begins: one that has found it missing. */
export function mutationSeed(off: Mechanism): number {
  return known[off] ?? 1;
}
