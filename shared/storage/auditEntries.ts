import {
  type AuditEntry,
  freezeChain,
  isChainOfItsOwn,
  rejectionsChain,
} from '../contracts/audit.ts';
import type { Command, CommandLog, CommandResult, Decision } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import type { OutcomeEvent, OutcomeMessage } from '../contracts/outcomeEvent.ts';
import type { Stores } from './stores.ts';

export const acceptanceId = 'request';
export const acceptanceType = 'request.accepted';

const noDetails = { by: null, batchId: null, jobId: null, taskId: null, detail: null } as const;

/** The acceptance of a migration: the first event of its chain. */
export function acceptanceEntry({
  kind,
  name,
  taskCount,
  acceptedAt: at,
  requestedBy: by,
  requestedByKind,
}: Migration): AuditEntry {
  return {
    ...noDetails,
    eventId: acceptanceId,
    type: acceptanceType,
    at,
    by,
    detail: `${String(taskCount)} ${kind === 'users' ? 'users' : 'tasks'} as ${name}${requestedByKind === 'claimed' ? ', the requester as the message claims' : ''}`,
  };
}

/** That somebody has asked for something. */
export function commandEntry({
  commandId,
  kind,
  by,
  reason,
  acceptedAt: at,
  taskId,
}: Command): AuditEntry {
  return {
    ...noDetails,
    eventId: `command/${commandId}`,
    type: `command.${kind}`,
    at,
    by,
    taskId,
    detail: reason,
  };
}

/** What became of it in a batch; `unconfirmed` is an event of its own, because a later result takes its place. */
export function resultEntry({
  commandId,
  batchId,
  verdict,
  detail,
  decidedAt: at,
}: CommandResult): AuditEntry {
  return {
    ...noDetails,
    eventId: `command/${commandId}/${batchId ?? ''}${verdict === 'unconfirmed' ? '/unconfirmed' : ''}`,
    type: `command.${verdict}`,
    at,
    batchId,
    detail,
  };
}

/** The decision on a request for approval of the cutover. */
export function decisionEntry({
  number,
  verdict,
  by,
  reason,
  decidedAt: at,
}: Decision): AuditEntry {
  return {
    ...noDetails,
    eventId: `decision/${String(number)}`,
    type: `cutover.${verdict}`,
    at,
    by,
    detail: reason,
  };
}

/** Everything that a book of commands puts on record. */
export function logEntries({ commands, results, approvals }: CommandLog): AuditEntry[] {
  return [
    ...commands.map(commandEntry),
    ...results.map(resultEntry),
    ...approvals.flatMap(({ decision }) =>
      decision === undefined ? [] : [decisionEntry(decision)],
    ),
  ];
}

/** An outcome message, with the chain that it belongs to. */
export function outcomeEntry({ id, type, time, data }: OutcomeEvent): {
  readonly chain: string;
  readonly entry: AuditEntry;
} {
  const entry = { ...noDetails, eventId: id, type: type.replace('tenant-ferry.', ''), at: time };
  if ('since' in data) return { chain: freezeChain, entry };
  if (!('migrationId' in data))
    return { chain: rejectionsChain, entry: { ...entry, detail: data.code } };
  const scope = {
    batchId: 'batchId' in data ? data.batchId : null,
    jobId: 'jobId' in data ? data.jobId : null,
  };
  const detail =
    'counts' in data
      ? JSON.stringify({ ...('phase' in data ? { phase: data.phase } : {}), ...data.counts })
      : 'need' in data
        ? data.need
        : 'approvalId' in data
          ? `${data.approvalId}, ${String(data.taskCount)} tasks`
          : null;
  return { chain: data.migrationId, entry: { ...entry, ...scope, detail } };
}

/**
 * Stores that put every command, answer, decision and outcome message on record in the audit trail as well. What a crash
 * leaves between a row and its record, the sweep puts on record. An outcome message is anchored before it is sent: its place
 * in the trail is a line in the blobs of anchors, is in the migration's row, and goes out with the message. Where one of
 * these fails, nothing is sent; whoever sends it again finds the same place, and at worst leaves the same line twice.
 */
export function auditedStores<S extends Stores>(stores: S): S {
  const { anchors, audit, commands, migrations, outcomes } = stores;
  return {
    ...stores,
    commands: {
      ...commands,
      async add(command) {
        await commands.add(command);
        await audit.append(command.migrationId, commandEntry(command));
      },
      async recordResult(result) {
        const stored = await commands.recordResult(result);
        await audit.append(stored.migrationId, resultEntry(stored));
        return stored;
      },
      async decide(decision) {
        const stored = await commands.decide(decision);
        await audit.append(stored.migrationId, decisionEntry(stored));
        return stored;
      },
    },
    outcomes: {
      async send(event) {
        const { chain, entry } = outcomeEntry(event);
        const { sequence, hash } = await audit.append(chain, entry);
        await anchors.append({ migrationId: chain, sequence, hash, at: event.time });
        // After the anchor: a row whose place no anchor has means that anchors were removed. A late one never takes the place of a later one.
        if (!isChainOfItsOwn(chain))
          await migrations.change(chain, ({ auditHead }) =>
            auditHead !== null && auditHead.sequence >= sequence
              ? undefined
              : { auditHead: { sequence, hash } },
          );
        const message: OutcomeMessage = { ...event, auditsequence: sequence, audithash: hash };
        await outcomes.send(message);
      },
    },
  };
}
