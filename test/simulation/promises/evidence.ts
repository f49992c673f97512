import type {
  JobRecord,
  JobStore,
  Scenario,
  TaskStore,
} from '../../../local/graph-emulator/index.ts';
import { type AuditEvent, freezeChain, rejectionsChain } from '../../../shared/contracts/audit.ts';
import type { CommandLog, CommandWithResults } from '../../../shared/contracts/command.ts';
import type { Batch, Migration } from '../../../shared/contracts/migration.ts';
import type { Rejection } from '../../../shared/contracts/rejection.ts';
import type { Task } from '../../../shared/contracts/task.ts';
import { commandsWithResults } from '../../../shared/domain/commands.ts';
import type { AnchorBlob } from '../../../shared/storage/blobs.ts';
import type { MemoryStores } from '../../memoryStores/memoryStores.ts';
import { batchKeyOf, type Call, type Ledger } from '../ledger.ts';
import { addedMember, type Releases } from '../nextRelease.ts';
import type { Plan } from '../plan.ts';

/** A migration with all that the stores hold of it. */
export interface StoredMigration {
  readonly migration: Migration;
  readonly batches: readonly Batch[];
  readonly tasks: readonly Task[];
  readonly book: CommandLog;
  readonly commands: readonly CommandWithResults[];
  readonly trail: readonly AuditEvent[];
}

/** All that is left of a run: what the emulator did, what the stores hold, what passed between them. */
export interface Evidence {
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly ledger: Ledger;
  readonly jobs: JobStore;
  /** The SharePoint tasks of Graph. */
  readonly moves: TaskStore;
  /** Places in the queue of moves that are still held. */
  readonly heldSlots: readonly string[];
  readonly endMs: number;
  readonly isOver: boolean;
  readonly stored: readonly StoredMigration[];
  readonly rejections: readonly Rejection[];
  /** The audit trail of freezes. */
  readonly freezeTrail: readonly AuditEvent[];
  readonly rejectionTrail: readonly AuditEvent[];
  readonly anchorBlobs: readonly AnchorBlob[];
  readonly sent: readonly unknown[];
  /** Rows from which what the next release had written into them is gone. */
  readonly impoverished: readonly string[];
  /** Orchestrations that have not completed. */
  readonly unfinished: readonly string[];
  /** The jobs that were created for a batch, oldest first. */
  readonly jobsOf: ReadonlyMap<string, readonly JobRecord[]>;
  readonly callsOf: ReadonlyMap<string, readonly Call[]>;
}

/** A promise of the app; gives a sentence for everything that breaks it. */
export type Promised = (evidence: Evidence) => Iterable<string>;

/** Reads what a run has left. */
export async function gather(
  run: Pick<
    Evidence,
    'plan' | 'scenario' | 'ledger' | 'jobs' | 'moves' | 'endMs' | 'isOver' | 'unfinished'
  > & { readonly stores: MemoryStores; readonly releases: Releases },
): Promise<Evidence> {
  const { ledger, jobs, releases } = run;
  // Only the release that has written the rows last reads all of them.
  const stores = releases.marked.size === 0 ? run.stores : releases.next.stores(run.stores);
  const stored: StoredMigration[] = [];
  for (const migration of (await stores.migrations.list({ pageSize: 1_000 })).items) {
    const book = await stores.commands.readLog(migration.id);
    stored.push({
      migration,
      book,
      batches: await stores.batches.list(migration.id),
      tasks: (await stores.tasks.list(migration.id, { pageSize: 10_000 })).items,
      commands: commandsWithResults(book),
      trail: (await stores.audit.list(migration.id, { pageSize: 10_000 })).items,
    });
  }
  const callsOf = new Map<string, Call[]>();
  for (const call of ledger.calls) {
    const calls = callsOf.get(call.batchKey);
    if (calls === undefined) callsOf.set(call.batchKey, [call]);
    else calls.push(call);
  }
  // Whose a job is follows from who sent its create, not from what the app says.
  const creator = new Map(
    ledger.calls
      .filter(({ effect }) => effect === 'created')
      .map(({ request, batchKey }) => [request.slice(request.lastIndexOf(' ') + 1), batchKey]),
  );
  const jobsOf = new Map<string, JobRecord[]>();
  for (const record of jobs.all().toReversed()) {
    const key = creator.get(record.job.displayName) ?? '';
    const records = jobsOf.get(key);
    if (records === undefined) jobsOf.set(key, [record]);
    else records.push(record);
  }
  const rejections = (await stores.rejections.list({ pageSize: 1_000 })).items;
  const freezeTrail = (await stores.audit.list(freezeChain, { pageSize: 1_000 })).items;
  const rejectionTrail = (await stores.audit.list(rejectionsChain, { pageSize: 10_000 })).items;
  return {
    ...run,
    stored,
    heldSlots: await heldSlots(stored, stores),
    rejections,
    rejectionTrail,
    freezeTrail,
    anchorBlobs: await stores.anchors.list(),
    sent: run.stores.sent,
    impoverished: await impoverished(stored, run.stores, releases),
    jobsOf,
    callsOf,
  };
}

async function heldSlots(
  stored: readonly StoredMigration[],
  { quota }: MemoryStores,
): Promise<string[]> {
  const held: string[] = [];
  for (const { batches, tasks } of stored) {
    for (const { migrationId, batchId, taskId } of [
      ...batches.map((batch) => ({ ...batch, taskId: null })),
      ...tasks,
    ]) {
      const moves = await quota.find({ migrationId, batchId, taskId });
      if (moves !== undefined)
        held.push(`${migrationId} ${batchId} ${taskId ?? ''}: ${String(moves)}`);
    }
  }
  return held;
}

async function impoverished(
  stored: readonly StoredMigration[],
  stores: MemoryStores,
  { marked }: Releases,
): Promise<readonly string[]> {
  const lacking: string[] = [];
  if (marked.size === 0) return lacking;
  const check = (key: string, row: object | undefined): void => {
    if (marked.has(key) && row !== undefined && !(addedMember in row)) lacking.push(key);
  };
  for (const { migration, batches, tasks } of stored) {
    check(`migrations ${migration.id}`, await stores.migrations.get(migration.id));
    for (const { migrationId, batchId } of batches)
      check(`batches ${migrationId} ${batchId}`, await stores.batches.get(migrationId, batchId));
    for (const { migrationId, batchId, taskId } of tasks)
      check(
        `tasks ${migrationId} ${batchId} ${taskId}`,
        await stores.tasks.get(migrationId, batchId, taskId),
      );
  }
  return lacking;
}

/** The batches of all migrations, with the migration and the key in the ledger. */
export function* allBatches({
  stored,
}: Evidence): Generator<StoredMigration & { readonly batch: Batch; readonly key: string }> {
  for (const one of stored)
    for (const batch of one.batches)
      yield { ...one, batch, key: batchKeyOf(batch.migrationId, batch.batchId) };
}

/** The last instant at which a job shows what became of its users: a job that is being deleted shows it no more in the end. */
export function lastShownMs({ events }: JobRecord, endMs: number): number {
  return events.find(({ kind }) => kind === 'delete')?.atMs ?? endMs;
}
