import type { Call } from '../ledger.ts';
import { allBatches, type Evidence, type Promised, type StoredMigration } from './evidence.ts';

/**
 * No migrate without its approval by somebody else than the requester; no create, validate or migrate after a cancel took
 * effect; no delete that nobody has asked for; and no create or migrate on the strength of a look at the gate that came after a cancel, a refusal or a pause.
 */
export const noUnwantedStep: Promised = function* (evidence) {
  const { ledger } = evidence;
  for (const { key, batch, ...stored } of allBatches(evidence)) {
    for (const call of evidence.callsOf.get(key) ?? []) {
      const { effect } = call;
      if (effect === 'migrate') yield* unapproved(evidence, stored, call);
      if (effect === 'delete' && !ledger.commands.some(({ seq, command }) => seq < call.seq && command.kind === 'deleteJobs' && command.migrationId === stored.migration.id && command.targets.includes(batch.batchId))) yield `the job of ${key} was deleted, and nobody had asked for it`;
      if (effect === 'created' || effect === 'migrate' || effect === 'validate') yield* afterCancel(evidence, stored, batch.batchId, call);
      if (effect === 'created' || effect === 'migrate') yield* throughTheGate(evidence, stored, batch.batchId, key, call);
    }
  }
};

function* unapproved({ ledger }: Evidence, { migration }: StoredMigration, call: Call): Generator<string> {
  const request = ledger.replies.find(({ migrationId }) => migrationId === migration.id)?.request;
  const asksApproval = typeof request === 'object' && request !== null && 'approval' in request;
  if (!asksApproval) return;
  const requester = 'requestedBy' in request ? String(request.requestedBy) : '';
  const approved = ledger.decisions.some(
    ({ seq, decision }) => seq < call.seq && decision.migrationId === migration.id && decision.verdict === 'approved' && decision.by !== null && decision.by.toLowerCase() !== requester.toLowerCase(),
  );
  if (!approved) yield `${call.batchKey} was migrated without an approval by somebody else than the requester`;
}

function* afterCancel({ ledger }: Evidence, { migration, commands }: StoredMigration, batchId: string, call: Call): Generator<string> {
  for (const { seq, result } of ledger.results) {
    if (seq > call.seq || result.migrationId !== migration.id || result.batchId !== batchId || result.verdict !== 'applied') continue;
    const isRetriedSince = ledger.commands.some((one) => one.seq > seq && one.seq < call.seq && one.command.kind === 'retry' && one.command.migrationId === migration.id);
    if (!isRetriedSince && commands.some(({ commandId, kind }) => commandId === result.commandId && kind === 'cancel')) {
      yield `${call.operation} of ${call.batchKey} after its cancel had been applied`;
      return;
    }
  }
}

function* throughTheGate({ ledger }: Evidence, { migration }: StoredMigration, batchId: string, key: string, call: Call): Generator<string> {
  const stage = call.effect === 'created' ? 'create' : 'migrate';
  const look = ledger.gateLooks.findLast((one) => one.batchKey === key && one.stage === stage && one.kind === 'go' && one.startSeq < call.seq);
  if (look === undefined) {
    yield `${call.operation} of ${key} without a look at the gate`;
    return;
  }
  const asked = ledger.commands.filter(({ seq, command }) => seq < look.startSeq && command.migrationId === migration.id);
  const turnedDown = (commandId: string): boolean => ledger.results.some(({ seq, result }) => seq < look.startSeq && result.commandId === commandId && result.batchId === batchId && result.verdict !== 'applied');
  const lastRetry = asked.findLast(({ command }) => command.kind === 'retry' && command.targets.includes(batchId))?.seq ?? 0;
  if (asked.some(({ seq, command }) => seq > lastRetry && command.kind === 'cancel' && command.targets.includes(batchId) && !turnedDown(command.commandId))) yield `${call.operation} of ${key} was let through after a cancel`;
  // In the order of their acceptance: an instance that stood still may write a command down after a later one.
  const switches = asked.filter(({ command: { kind } }) => kind === 'pause' || kind === 'resume').toSorted((a, b) => Date.parse(a.command.acceptedAt) - Date.parse(b.command.acceptedAt));
  if (switches.at(-1)?.command.kind === 'pause') yield `${call.operation} of ${key} was let through during a pause`;
  const refused = ledger.decisions.find(({ seq, decision }) => seq < look.startSeq && decision.migrationId === migration.id && decision.verdict !== 'approved');
  if (refused !== undefined) yield `${call.operation} of ${key} was let through although the approval had been ${refused.decision.verdict}`;
}
