import type { AuditEntry, AuditEvent, ChainPosition } from '../contracts/audit.ts';
import type {
  ApprovalRequest,
  Command,
  CommandLog,
  CommandResult,
  Decision,
} from '../contracts/command.ts';
import type { Batch, Migration } from '../contracts/migration.ts';
import type { MigrationRequest, RequestedUser } from '../contracts/request.ts';
import type { Task } from '../contracts/task.ts';
import type { AnchorStore } from './anchors.ts';
import type {
  FreezeStore,
  OutcomeQueue,
  PoisonQueue,
  QuotaStore,
  RejectionStore,
  UserLedger,
} from './globalStores.ts';
import type { Page } from './pages.ts';

/** Who asked for what: inserted only if absent, so that one key means one migration for ever. */
export interface Claim {
  /** SHA-256, in hex, of the caller's idempotency key or of the request's name. */
  readonly keyHash: string;
  /** Of the request as it was sent: the version of the way in which it was made, a hyphen, SHA-256 in hex. */
  readonly fingerprint: string;
  readonly migrationId: string;
  readonly claimedAt: string;
}

export interface MigrationStore {
  /**
   * Takes a migration in if the key of its claim is free: claim, request, place in the list and row are written together or
   * not at all. Either way returns the claim that holds the key now; nothing is changed for one that was there before.
   */
  accept(taken: {
    readonly claim: Claim;
    readonly migration: Migration;
    readonly request: MigrationRequest;
  }): Promise<{ readonly inserted: boolean; readonly claim: Claim }>;
  get(migrationId: string): Promise<Migration | undefined>;
  /** Merges the given members into the row, whoever else changes others of them now; throws when there is no such migration. */
  update(
    migrationId: string,
    changes: Partial<Omit<Migration, 'id' | 'acceptedAt'>>,
  ): Promise<void>;
  /** Merges into the row what `change` makes of it, whoever else writes it now; `change` may be called again. Undefined from it changes nothing (false). */
  change(
    migrationId: string,
    change: (migration: Migration) => Partial<Omit<Migration, 'id' | 'acceptedAt'>> | undefined,
  ): Promise<boolean>;
  /** Newest first. A token that this store did not issue throws an InvalidContinuationTokenError. */
  list(options: {
    readonly pageSize: number;
    readonly continuationToken?: string | undefined;
  }): Promise<Page<Migration>>;
  /** Those whose phase is still `accepted`, in no order. */
  listUnstarted(): Promise<readonly Pick<Migration, 'id' | 'acceptedAt'>[]>;
  /** Those that have begun and have not ended, in no order. */
  listRunning(): Promise<readonly Pick<Migration, 'id' | 'updatedAt'>[]>;
}

export interface BatchStore {
  /** Inserts the batches that are not there yet; rows that exist stay as they are. */
  insertMissing(batches: readonly Batch[]): Promise<void>;
  get(migrationId: string, batchId: string): Promise<Batch | undefined>;
  update(
    migrationId: string,
    batchId: string,
    changes: Partial<Omit<Batch, 'migrationId' | 'batchId'>>,
  ): Promise<void>;
  /** Merges the members into the row as long as `when` holds for it, whoever else writes it now; false when it does not. */
  updateWhen(
    migrationId: string,
    batchId: string,
    when: (batch: Batch) => boolean,
    changes: Partial<Omit<Batch, 'migrationId' | 'batchId'>>,
  ): Promise<boolean>;
  /** Merges into the row what `change` makes of it, whoever else writes it now; `change` may be called again. Undefined from it changes nothing (false). */
  change(
    migrationId: string,
    batchId: string,
    change: (batch: Batch) => Partial<Omit<Batch, 'migrationId' | 'batchId'>> | undefined,
  ): Promise<boolean>;
  /** All batches of a migration in the order of their ids. */
  list(migrationId: string): Promise<readonly Batch[]>;
}

export interface TaskStore {
  /**
   * Inserts the tasks that are not there yet (at most a few thousand a call); rows that exist stay as they are. True when none of them was
   * there. `isIndexed`: `insertTaskIndex` is called for them, so that their places are not written one by one here.
   */
  insertMissing(
    tasks: readonly Task[],
    options?: { readonly isIndexed?: boolean },
  ): Promise<boolean>;
  /** Writes in which batches all the tasks of a plan are, so that `find` knows; what an earlier call for the migration has written stays. */
  insertTaskIndex(
    migrationId: string,
    places: readonly Pick<Task, 'batchId' | 'taskId'>[],
  ): Promise<void>;
  /**
   * Writes the tasks, in transactions of up to 100 rows. All are of one migration. With `before`, the same tasks as they were
   * read, in the same order, only what has changed in them is sent, and a StaleRowError says that somebody else has written one since.
   */
  save(tasks: readonly Task[], before?: readonly Task[]): Promise<void>;
  /** One task; undefined when it is not there. */
  get(migrationId: string, batchId: string, taskId: string): Promise<Task | undefined>;
  /** A task of a migration, in whichever batch it is, by point reads; undefined when the migration does not have it. */
  find(migrationId: string, taskId: string): Promise<Task | undefined>;
  /** All tasks of a batch, in the order of their ids: one range query. */
  listBatch(migrationId: string, batchId: string): Promise<readonly Task[]>;
  /** The ids of a batch's tasks that have no outcome, in their order. */
  listOpen(migrationId: string, batchId: string): Promise<readonly string[]>;
  /** Tasks of a migration in the order of batch and id; a filter that is absent lets everything through. */
  list(
    migrationId: string,
    options: {
      readonly pageSize: number;
      readonly continuationToken?: string | undefined;
      readonly batchId?: string | undefined;
      /** `pending` means: no outcome yet. */
      readonly outcome?: NonNullable<Task['outcome']> | 'pending' | undefined;
    },
  ): Promise<Page<Task>>;
}

/** That something was asked of a migration, answered or decided, and that what has to follow from it may be missing. */
export interface FollowUp {
  readonly migrationId: string;
  /** When the last of these was about to be written. */
  readonly since: string;
  /** Whether all of it is on record in the audit trail. */
  readonly isRecorded: boolean;
  /** Opaque; another one as soon as something else is about to be written. */
  readonly version: string;
}

/** What is asked of migrations. Each write first notes that the migration is unsettled, so that a crash leaves nothing unseen. */
export interface CommandStore {
  /** Keeps a command; the same id again changes nothing. */
  add(command: Command): Promise<void>;
  /** Keeps what became of a command in a batch, if nothing or only `unconfirmed` is kept; either way returns the answer that holds. */
  recordResult(result: CommandResult): Promise<CommandResult>;
  /** Decides on a request for approval, if nobody has; either way returns the decision that holds. */
  decide(decision: Decision): Promise<Decision>;
  /** Notes a request for approval, if there is none of its number; false when there is. */
  askApproval(request: ApprovalRequest): Promise<boolean>;
  /** Gives users to the command that adds them, each to one command only; returns those that this one has now. */
  claimUsers(
    migrationId: string,
    commandId: string,
    userIds: readonly string[],
  ): Promise<ReadonlySet<string>>;
  /** Everything that was asked of a migration, oldest first. */
  readLog(migrationId: string): Promise<CommandLog>;
  /**
   * The same for one batch: of the results only those of this batch. One point read as long as nothing was asked since this process read it
   * last, however many batches there are and however many results they have given.
   */
  readBatchLog(migrationId: string, batchId: string): Promise<CommandLog>;
  listFollowUps(): Promise<readonly FollowUp[]>;
  /** Notes that all is on record, or forgets a migration for which all is done; nothing happens where something was written since. */
  completeFollowUp(followUp: FollowUp, reached: 'recorded' | 'done'): Promise<void>;
}

export interface AuditStore {
  /**
   * Puts an entry at the end of a migration's chain, unless its id is on record; returns the place where it was put. Whatever comes first, the
   * acceptance of the migration is written before it, together with it.
   */
  append(migrationId: string, entry: AuditEntry): Promise<ChainPosition>;
  /** The chain of a migration from its start. */
  list(
    migrationId: string,
    options: { readonly pageSize: number; readonly continuationToken?: string | undefined },
  ): Promise<Page<AuditEvent>>;
}

export interface RequestStore {
  /** The request that a migration was taken in with, wherever it lies. Throws when there is none. */
  load(migrationId: string): Promise<MigrationRequest>;
  /** Keeps the users whom a command adds to a migration. */
  saveAdded(migrationId: string, commandId: string, users: readonly RequestedUser[]): Promise<void>;
  /** Throws when there are none. */
  loadAdded(migrationId: string, commandId: string): Promise<readonly RequestedUser[]>;
  /** Keeps the ids of the tasks that a request for approval covers. */
  saveApproved(migrationId: string, approvalId: string, taskIds: readonly string[]): Promise<void>;
  /** Throws when there are none. */
  loadApproved(migrationId: string, approvalId: string): Promise<readonly string[]>;
  /** The bytes of a request above the queue's size that a caller left as a blob in `migration-requests`, undefined when absent or when no blob can have that name; throws a BlobTooLargeError above `maxBytes`. */
  loadInbox(blobName: string, maxBytes: number): Promise<Uint8Array | undefined>;
}

/** Everything the app keeps, behind one door. */
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
  /** Creates what is missing of tables, containers and queues; safe to call again. */
  prepare(): Promise<void>;
  /** One cheap call to each of tables, blobs and queues; throws what the failing one threw. */
  ping(): Promise<void>;
}
