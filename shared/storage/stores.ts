import type { AuditEntry, AuditEvent, ChainPosition } from '../contracts/audit.ts';
import type {
  ApprovalRequest,
  Command,
  CommandLog,
  CommandResult,
  Decision,
} from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';
import type { OutcomeEvent } from '../contracts/outcomeEvent.ts';
import type { MigrationRequest } from '../contracts/request.ts';
import type { Task } from '../contracts/task.ts';
import type { FreezeStore, QuotaStore } from './appState.ts';
import type { AnchorStore, RequestStore } from './blobs.ts';
import type { UserLedger } from './ledger.ts';
import type { PoisonQueue, RejectionStore } from './rejections.ts';
import type { Page } from './rows.ts';

/**
 * The claim of an idempotency key. It is inserted only if absent, so that one key always means one
 * migration.
 */
export interface Claim {
  /** SHA-256, in hex, of the idempotency key or of the name of the request. */
  readonly keyHash: string;
  /** The fingerprint of the request as it was sent: a version, a hyphen, and a SHA-256 in hex. */
  readonly fingerprint: string;
  readonly migrationId: string;
  readonly claimedAt: string;
}

export interface MigrationStore {
  /**
   * Stores an accepted request if the key of its claim is free. Claim, request, list entry and
   * migration are written in one transaction. Returns the claim that has the key: the given one, or
   * an existing one, in which case nothing is changed.
   */
  accept(accepted: {
    readonly claim: Claim;
    readonly migration: Migration;
    readonly request: MigrationRequest;
  }): Promise<{ readonly inserted: boolean; readonly claim: Claim }>;
  get(migrationId: string): Promise<Migration | undefined>;
  /**
   * Merges members into the row, even if others change it at the same time. Throws if the migration
   * does not exist.
   */
  update(
    migrationId: string,
    changes: Partial<Omit<Migration, 'id' | 'acceptedAt'>>,
  ): Promise<void>;
  /**
   * Merges the members that `change` returns into the row, even if others change it at the same
   * time; `change` may be called several times. Returns false if `change` returns undefined or the
   * row does not exist.
   */
  change(
    migrationId: string,
    change: (migration: Migration) => Partial<Omit<Migration, 'id' | 'acceptedAt'>> | undefined,
  ): Promise<boolean>;
  /**
   * Lists migrations, newest first. Throws an InvalidContinuationTokenError for a token of another
   * list.
   */
  list(options: {
    readonly pageSize: number;
    readonly continuationToken?: string | undefined;
  }): Promise<Page<Migration>>;
  /** Returns the migrations in the phase `accepted`, in no particular order. */
  listUnstarted(): Promise<readonly Pick<Migration, 'id' | 'acceptedAt'>[]>;
  /** Returns the migrations that have started and not ended, in no particular order. */
  listRunning(): Promise<readonly Pick<Migration, 'id' | 'updatedAt'>[]>;
}

export interface BatchStore {
  /** Inserts missing batches. Existing rows stay as they are. */
  insertMissing(batches: readonly Batch[]): Promise<void>;
  get(migrationId: string, batchId: string): Promise<Batch | undefined>;
  update(
    migrationId: string,
    batchId: string,
    changes: Partial<Omit<Batch, 'migrationId' | 'batchId'>>,
  ): Promise<void>;
  /**
   * Merges members into the row if `when` returns true for it, even if others change it at the same
   * time. Returns false if not.
   */
  updateWhen(
    migrationId: string,
    batchId: string,
    when: (batch: Batch) => boolean,
    changes: Partial<Omit<Batch, 'migrationId' | 'batchId'>>,
  ): Promise<boolean>;
  /**
   * Merges the members that `change` returns into the row, even if others change it at the same
   * time; `change` may be called several times. Returns false if `change` returns undefined or the
   * row does not exist.
   */
  change(
    migrationId: string,
    batchId: string,
    change: (batch: Batch) => Partial<Omit<Batch, 'migrationId' | 'batchId'>> | undefined,
  ): Promise<boolean>;
  /** Returns the batches of a migration in the order of their ids. */
  list(migrationId: string): Promise<readonly Batch[]>;
}

export interface TaskStore {
  /**
   * Inserts missing tasks (at most a few thousand per call). Existing rows stay as they are.
   * Returns true if none of them existed. With `isIndexed`, no index rows are written, because
   * `insertTaskIndex` is called for these tasks.
   */
  insertMissing(
    tasks: readonly Task[],
    options?: { readonly isIndexed?: boolean },
  ): Promise<boolean>;
  /**
   * Writes the index of the tasks of a plan, which `find` reads. Existing index rows stay as they
   * are.
   */
  insertTaskIndex(
    migrationId: string,
    tasks: readonly Pick<Task, 'batchId' | 'taskId'>[],
  ): Promise<void>;
  /**
   * Writes tasks of one migration, in transactions of up to 100 rows. With `before`, the same tasks
   * as they were read and in the same order, only changed members are written, and a StaleRowError
   * is thrown if another writer has changed a row since.
   */
  save(tasks: readonly Task[], before?: readonly Task[]): Promise<void>;
  /** Returns a task; undefined if it does not exist. */
  get(migrationId: string, batchId: string, taskId: string): Promise<Task | undefined>;
  /**
   * Finds a task in any batch of a migration, by point reads; undefined if the migration does not
   * have it.
   */
  find(migrationId: string, taskId: string): Promise<Task | undefined>;
  /** Returns the tasks of a batch in the order of their ids, by one range query. */
  listBatch(migrationId: string, batchId: string): Promise<readonly Task[]>;
  /** Returns the ids of the tasks of a batch that have no outcome, in order. */
  listOpen(migrationId: string, batchId: string): Promise<readonly string[]>;
  /**
   * Lists the tasks of a migration in the order of batch and id. An absent filter matches every
   * task.
   */
  list(
    migrationId: string,
    options: {
      readonly pageSize: number;
      readonly continuationToken?: string | undefined;
      readonly batchId?: string | undefined;
      /** `pending` matches tasks without an outcome. */
      readonly outcome?: NonNullable<Task['outcome']> | 'pending' | undefined;
    },
  ): Promise<Page<Task>>;
}

/**
 * A note that a command, result or decision of a migration was about to be written, so that later
 * steps may be missing. A sweep completes them.
 */
export interface FollowUp {
  readonly migrationId: string;
  /** When the latest of them was about to be written. */
  readonly since: string;
  /** Whether all of them are recorded in the audit trail. */
  readonly isRecorded: boolean;
  /** Opaque. Changes whenever something else is about to be written. */
  readonly version: string;
}

/**
 * The commands of migrations. Each write first notes a follow-up, so that the sweep finds what a
 * crash left incomplete.
 */
export interface CommandStore {
  /** Stores a command. Storing the same id again changes nothing. */
  add(command: Command): Promise<void>;
  /**
   * Stores the result of a command in a batch if there is none yet, or only `unconfirmed`. Returns
   * the stored result.
   */
  recordResult(result: CommandResult): Promise<CommandResult>;
  /**
   * Stores the decision on an approval request if there is none yet. Returns the stored decision.
   */
  decide(decision: Decision): Promise<Decision>;
  /** Stores an approval request. Returns false if one with its number exists. */
  askApproval(request: ApprovalRequest): Promise<boolean>;
  /**
   * Assigns users to the command that adds them, each to one command only. Returns the users that
   * belong to this command.
   */
  claimUsers(
    migrationId: string,
    commandId: string,
    userIds: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** Returns the command log of a migration, oldest first. */
  readLog(migrationId: string): Promise<CommandLog>;
  /**
   * Returns the command log with the results of one batch only. It costs one point read while
   * nothing has changed since this process last read it, regardless of the number of batches and
   * results.
   */
  readBatchLog(migrationId: string, batchId: string): Promise<CommandLog>;
  listFollowUps(): Promise<readonly FollowUp[]>;
  /**
   * Marks a follow-up as recorded in the audit trail, or deletes it when everything is done. Does
   * nothing if something was written since.
   */
  completeFollowUp(followUp: FollowUp, reached: 'recorded' | 'done'): Promise<void>;
}

export interface AuditStore {
  /**
   * Appends an entry to the chain of a migration unless its id is already recorded. Returns its
   * position. The acceptance of the migration is always the first event: it is written together
   * with whatever is appended first.
   */
  append(migrationId: string, entry: AuditEntry): Promise<ChainPosition>;
  /** Lists the chain of a migration, oldest first. */
  list(
    migrationId: string,
    options: { readonly pageSize: number; readonly continuationToken?: string | undefined },
  ): Promise<Page<AuditEvent>>;
}

export interface OutcomeQueue {
  /**
   * Sends a message to the queue `migration-outcomes`, in base64, which queue triggers expect by
   * default.
   */
  send(message: OutcomeEvent): Promise<void>;
}

/** All stores of the app. */
export interface Stores {
  readonly migrations: MigrationStore;
  readonly batches: BatchStore;
  readonly tasks: TaskStore;
  readonly rejections: RejectionStore;
  readonly commands: CommandStore;
  readonly freezes: FreezeStore;
  readonly audit: AuditStore;
  readonly anchors: AnchorStore;
  readonly quota: QuotaStore;
  readonly users: UserLedger;
  readonly requests: RequestStore;
  readonly outcomes: OutcomeQueue;
  readonly poison: PoisonQueue;
  /** Creates missing tables, containers and queues. Can be repeated. */
  prepare(): Promise<void>;
  /**
   * Makes one cheap call to each of tables, blobs and queues. Throws the error of the one that
   * failed.
   */
  ping(): Promise<void>;
}
