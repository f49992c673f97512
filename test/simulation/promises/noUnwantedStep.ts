import type { Call } from '../ledger.ts';
import { unapproved } from './approved.ts';
import { allBatches, type Evidence, type Promised, type StoredMigration } from './evidence.ts';

/**
 * No migrate without an approval of everybody in the job by somebody else than the requester, later than a renewed validation; no create, validate or migrate after a cancel took
 * effect; no delete that nobody has asked for; and no create or migrate on the strength of a look at the gate that came after a cancel, a refusal or a pause.
 */
export const noUnwantedStep: Promised = function* (evidence) {
  const { ledger } = evidence;
  for (const { key, batch, ...stored } of allBatches(evidence)) {
    for (const call of evidence.callsOf.get(key) ?? []) {
      const { effect } = call;
      if (effect === 'migrate')
        yield* migratedUnapproved(evidence, stored, evidence.callsOf.get(key) ?? [], call);
      if (
        effect === 'delete' &&
        !ledger.commands.some(
          ({ seq, command }) =>
            seq < call.seq &&
            command.kind === 'deleteJobs' &&
            command.migrationId === stored.migration.id &&
            command.targets.includes(batch.batchId),
        )
      )
        yield `the job of ${key} was deleted, and nobody had asked for it`;
      if (effect === 'created' || effect === 'migrate' || effect === 'validate')
        yield* afterCancel(evidence, stored, batch.batchId, call);
      if (effect === 'created' || effect === 'migrate')
        yield* throughTheGate(evidence, stored, batch.batchId, key, call);
    }
  }
};

/** Whom the job moves, and when they were validated: an approval from before does not count where the batch had been let through before that. */
function* migratedUnapproved(
  evidence: Evidence,
  stored: StoredMigration,
  calls: readonly Call[],
  call: Call,
): Generator<string> {
  const { ledger, jobsOf } = evidence;
  const resources =
    jobsOf
      .get(call.batchKey)
      ?.find(({ job }) => job.id === call.jobId)
      ?.job.resources.map((id) => id.toLowerCase()) ?? [];
  const isOpen = (taskId: string): boolean =>
    (ledger.taskWrites.findLast(
      ({ atMs, after }) =>
        atMs < call.atMs && after.migrationId === stored.migration.id && after.taskId === taskId,
    )?.after.outcome ?? null) === null;
  const validation = calls.findLast(
    ({ seq, effect, jobId }) => seq < call.seq && effect === 'validate' && jobId === call.jobId,
  );
  const isRenewed =
    validation !== undefined &&
    !validation.isLate &&
    ledger.gateLooks.some(
      ({ batchKey, stage, kind, startSeq }) =>
        batchKey === call.batchKey &&
        stage === 'migrate' &&
        kind === 'go' &&
        startSeq < validation.sentSeq,
    );
  yield* unapproved(
    evidence,
    stored,
    resources.filter(isOpen),
    call,
    isRenewed ? validation.sentSeq : 0,
    call.batchKey,
  );
}

function* afterCancel(
  { ledger }: Evidence,
  { migration, commands }: StoredMigration,
  batchId: string,
  call: Call,
): Generator<string> {
  for (const { seq, result } of ledger.results) {
    if (
      seq > call.seq ||
      result.migrationId !== migration.id ||
      result.batchId !== batchId ||
      result.verdict !== 'applied'
    )
      continue;
    const isRetriedSince = ledger.commands.some(
      (one) =>
        one.seq > seq &&
        one.seq < call.seq &&
        one.command.kind === 'retry' &&
        one.command.migrationId === migration.id,
    );
    if (
      !isRetriedSince &&
      commands.some(({ commandId, kind }) => commandId === result.commandId && kind === 'cancel')
    ) {
      yield `${call.operation} of ${call.batchKey} after its cancel had been applied`;
      return;
    }
  }
}

function* throughTheGate(
  { ledger }: Evidence,
  { migration }: StoredMigration,
  batchId: string,
  key: string,
  call: Call,
): Generator<string> {
  const stage = call.effect === 'created' ? 'create' : 'migrate';
  const look = ledger.gateLooks.findLast(
    (one) =>
      one.batchKey === key && one.stage === stage && one.kind === 'go' && one.startSeq < call.seq,
  );
  if (look === undefined) {
    yield `${call.operation} of ${key} without a look at the gate`;
    return;
  }
  const asked = ledger.commands.filter(
    ({ seq, command }) => seq < look.startSeq && command.migrationId === migration.id,
  );
  const turnedDown = (commandId: string): boolean =>
    ledger.results.some(
      ({ seq, result }) =>
        seq < look.startSeq &&
        result.commandId === commandId &&
        result.batchId === batchId &&
        result.verdict !== 'applied',
    );
  const lastRetry =
    asked.findLast(({ command }) => command.kind === 'retry' && command.targets.includes(batchId))
      ?.seq ?? 0;
  if (
    asked.some(
      ({ seq, command }) =>
        seq > lastRetry &&
        command.kind === 'cancel' &&
        command.targets.includes(batchId) &&
        !turnedDown(command.commandId),
    )
  )
    yield `${call.operation} of ${key} was let through after a cancel`;
  // In the order of their acceptance: an instance that stood still may write a command down after a later one.
  const switches = asked
    .filter(({ command: { kind } }) => kind === 'pause' || kind === 'resume')
    .toSorted((a, b) => Date.parse(a.command.acceptedAt) - Date.parse(b.command.acceptedAt));
  if (switches.at(-1)?.command.kind === 'pause')
    yield `${call.operation} of ${key} was let through during a pause`;
  // One that comes too late is answered with the one that holds. What nobody decided in time holds for those alone whom no approval covers, and is caught by that.
  const made = ledger.decisions.filter(
    ({ decision }, index, all) =>
      all.findIndex(
        (one) =>
          one.decision.migrationId === decision.migrationId &&
          one.decision.decidedAt === decision.decidedAt,
      ) === index,
  );
  const refused = made.find(
    ({ seq, decision }) =>
      seq > lastRetry &&
      seq < look.startSeq &&
      decision.migrationId === migration.id &&
      decision.verdict === 'rejected',
  );
  if (refused !== undefined)
    yield `${call.operation} of ${key} was let through although the approval had been ${refused.decision.verdict}`;
}
