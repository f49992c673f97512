import type { Task } from '../../../shared/contracts/task.ts';
import { sourceOf } from '../../../shared/domain/sharePoint.ts';
import { batchKeyOf, type Call } from '../ledger.ts';
import { unapproved } from './approved.ts';
import type { Evidence, Promised, StoredMigration } from './evidence.ts';
import {
  callsOfMove,
  countsAsGone,
  createdBy,
  moveName,
  wasLeftUnclear,
  wasSentLate,
} from './movesAreTrue.ts';

/**
 * No SharePoint task is created twice for one row, except by a retry of one that has failed or was cancelled; none without its approval
 * by somebody else than the requester, none after a cancel was answered as applied, none in a pause that was there to be seen.
 */
export const oneTaskPerMove: Promised = function* (evidence) {
  for (const stored of evidence.stored) {
    for (const task of stored.tasks) {
      if (task.parameters === null) continue;
      const name = moveName(task);
      const calls = callsOfMove(evidence, task);
      const creations = calls.filter(({ graphTask }) => graphTask?.kind === 'created');
      for (const [index, call] of creations.entries()) {
        const previous = creations[index - 1]?.graphTask?.id;
        if (
          !wasLeftUnclear(evidence, task) &&
          !(previous !== undefined && countsAsGone(calls, previous))
        )
          yield* createdTwice(evidence, stored, creations.slice(0, index), call, task, name);
        yield* throughTheGate(evidence, stored, call, name);
        yield* unapproved(evidence, stored, [task.taskId], call, 0, name);
        if (!wasSentLate(calls, call)) yield* afterCancel(evidence, stored, task, call, name);
        yield* inPause(evidence, stored, task, calls, call, name);
      }
    }
  }
};

/**
 * Graph offers no look-up by an object id, so a create whose response was unreadable is repeated within a minute. It creates a second
 * task where the first one has ended by then.
 */
function isRepeatedBlindly(task: Task, previous: Call, call: Call): boolean {
  return (
    task.parameters !== null &&
    sourceOf(task.parameters).kind === 'userId' &&
    previous.shown === null &&
    call.atMs - previous.atMs <= 60_000
  );
}

function* createdTwice(
  evidence: Evidence,
  { migration }: StoredMigration,
  before: readonly Call[],
  call: Call,
  task: Task,
  name: string,
): Generator<string> {
  const previous = before.at(-1);
  if (previous === undefined) return;
  if (
    !takenUpAgain(evidence, migration.id, task.batchId, previous.seq, call.seq) &&
    !isRepeatedBlindly(task, previous, call)
  )
    yield `${name} was created twice, as ${String(previous.graphTask?.id)} and as ${String(call.graphTask?.id)}`;
  const [record] = createdBy(evidence, [previous]);
  const status = record === undefined ? 'gone' : evidence.moves.stepAt(record, call.atMs).status;
  if (status !== 'failed' && status !== 'cancelled')
    yield `${name} was created again while its task ${String(previous.graphTask?.id)} was ${status}`;
}

function* throughTheGate(
  { ledger }: Evidence,
  { batches }: StoredMigration,
  call: Call,
  name: string,
): Generator<string> {
  const batch = batches.find(
    ({ migrationId, batchId }) => batchKeyOf(migrationId, batchId) === call.batchKey,
  );
  if (
    !ledger.gateLooks.some(
      ({ batchKey, stage, kind, startSeq }) =>
        batchKey === call.batchKey && stage === 'migrate' && kind === 'go' && startSeq < call.seq,
    )
  )
    yield `${name} of ${String(batch?.batchId)} was created without a look at the gate`;
}

function* afterCancel(
  evidence: Evidence,
  { migration, commands }: StoredMigration,
  { batchId, taskId }: { readonly batchId: string; readonly taskId: string },
  call: Call,
  name: string,
): Generator<string> {
  for (const { seq, result } of evidence.ledger.results) {
    if (
      seq > call.seq ||
      result.migrationId !== migration.id ||
      result.batchId !== batchId ||
      result.verdict !== 'applied'
    )
      continue;
    const command = commands.find(({ commandId }) => commandId === result.commandId);
    const isCancel =
      command?.kind === 'cancel' || (command?.kind === 'cancelTask' && command.taskId === taskId);
    if (isCancel && !retried(evidence, migration.id, batchId, seq, call.seq))
      yield `${name} was created after its ${command.kind} had been answered as applied`;
  }
}

/** The activity that creates looks the source up, reads the commands and creates: a pause from before the look, and not lifted since, must hold it. */
function* inPause(
  { ledger }: Evidence,
  { migration }: StoredMigration,
  { batchId, taskId }: Task,
  calls: readonly Call[],
  call: Call,
  name: string,
): Generator<string> {
  const look = calls.findLast(
    ({ seq, operation }) => seq < call.seq && operation.startsWith('findSharePointTask'),
  );
  // An earlier try may have got through: only another one can tell.
  const isUnknown = calls.some(
    ({ seq, activity, operation, status }) =>
      seq < call.seq &&
      activity === 'createSharePointTask' &&
      operation === 'createSharePointTask' &&
      status !== 429,
  );
  if (look === undefined || isUnknown) return;
  // An instance that has noted that it sends the create may have sent it.
  if (
    ledger.taskWrites.some(
      ({ atMs, after }) =>
        atMs < look.atMs &&
        after.migrationId === migration.id &&
        after.batchId === batchId &&
        after.taskId === taskId &&
        after.creation !== null,
    )
  )
    return;
  // In the order of their acceptance: an instance that stood still may write a command down after a later one.
  const switches = ledger.commands
    .filter(
      ({ seq, command: { kind, migrationId } }) =>
        seq < call.seq && migrationId === migration.id && (kind === 'pause' || kind === 'resume'),
    )
    .toSorted((a, b) => Date.parse(a.command.acceptedAt) - Date.parse(b.command.acceptedAt));
  const isLifted = switches.some(({ seq, command }) => seq > look.seq && command.kind === 'resume');
  if (!isLifted && switches.findLast(({ seq }) => seq < look.seq)?.command.kind === 'pause')
    yield `${name} was created during a pause`;
}

/** A retry was accepted between two moments. */
function retried(
  { ledger }: Evidence,
  migrationId: string,
  batchId: string,
  fromSeq: number,
  toSeq: number,
): boolean {
  return ledger.commands.some(
    ({ seq, command }) =>
      seq > fromSeq &&
      seq < toSeq &&
      command.kind === 'retry' &&
      command.migrationId === migrationId &&
      command.targets.includes(batchId),
  );
}

/** A retry took effect between two moments: a crash may have held up one that was accepted long before. */
function takenUpAgain(
  { ledger }: Evidence,
  migrationId: string,
  batchId: string,
  fromSeq: number,
  toSeq: number,
): boolean {
  const retries = new Set(
    ledger.commands
      .filter(({ command }) => command.kind === 'retry' && command.migrationId === migrationId)
      .map(({ command }) => command.commandId),
  );
  return ledger.results.some(
    ({ seq, result }) =>
      seq > fromSeq && seq < toSeq && result.batchId === batchId && retries.has(result.commandId),
  );
}
