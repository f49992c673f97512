import { type AuditEntry, freezeChain, rejectionsChain } from '../contracts/audit.ts';
import type { Command, CommandLog, CommandResult, Decision } from '../contracts/command.ts';
import type { Migration } from '../contracts/migration.ts';
import type { OutcomeEvent, OutcomeMessage } from '../contracts/outcomeEvent.ts';
import type { Stores } from './stores.ts';

export const acceptanceId = 'request';
export const acceptanceType = 'request.accepted';

const noDetails = { by: null, batchId: null, jobId: null, taskId: null, detail: null } as const;

/** Returns the entry for the acceptance of a migration, the first event of its chain. */
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
    detail: `${String(taskCount)} ${kind === 'users' ? 'users' : 'tasks'} as ${name}${requestedByKind === 'claimed' ? '; the queue message named the requester' : ''}`,
  };
}

/** Returns the entry for a command. */
function commandEntry({
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

/**
 * Returns the entry for a result of a command. `unconfirmed` has an entry of its own, because a
 * later result replaces it.
 */
function resultEntry({
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

/** Returns the entry for a decision on an approval request. */
function decisionEntry({ number, verdict, by, reason, decidedAt: at }: Decision): AuditEntry {
  return {
    ...noDetails,
    eventId: `decision/${String(number)}`,
    type: `cutover.${verdict}`,
    at,
    by,
    detail: reason,
  };
}

/** Returns the entries for everything in a command log. */
export function logEntries({ commands, results, approvals }: CommandLog): AuditEntry[] {
  return [
    ...commands.map(commandEntry),
    ...results.map(resultEntry),
    ...approvals.flatMap(({ decision }) =>
      decision === undefined ? [] : [decisionEntry(decision)],
    ),
  ];
}

/** Returns the entry for an outcome event, and its chain. */
function outcomeEntry({ id, type, time, data }: OutcomeEvent): {
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
 * Wraps stores so that every command, result, decision and outcome event is also recorded in the
 * audit trail. The sweep completes what a crash leaves between a row and its record. An outcome
 * event is anchored before it is sent: its position in the trail is written to the anchors and to
 * the row of the migration, and sent with the message. If one of these steps fails, nothing is
 * sent; a repetition finds the same position and at worst writes the same anchor twice.
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
        // Written after the anchor: a row whose position has no anchor means that anchors were
        // removed. An older position never overwrites a newer one.
        if (!isStandaloneChain(chain))
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

/** Returns whether a chain belongs to no migration. */
export function isStandaloneChain(chain: string): boolean {
  return chain === rejectionsChain || chain === freezeChain;
}
