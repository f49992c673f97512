import type { Freeze, FreezeCommand } from '../contracts/command.ts';
import type { OutcomeEvent } from '../contracts/outcomeEvent.ts';
import type { Rejection } from '../contracts/rejection.ts';
import type { Page } from './pages.ts';

/** A request to set or lift the freeze. */
export type FreezeRequest = Pick<FreezeCommand, 'kind' | 'by' | 'reason' | 'askedAt'>;

/** The freeze of all migrations. */
export interface FreezeStore {
  /** Returns the current freeze, or null. It is read from storage at every call, never cached. */
  current(): Promise<Freeze | null>;
  /**
   * Sets or lifts the freeze, even if others do so at the same time, and returns the recorded
   * command. A known idempotency key changes nothing and returns its command.
   */
  ask(asked: FreezeRequest, key: string | undefined): Promise<FreezeCommand>;
  /** Returns the commands that are not recorded in the audit trail yet, oldest first. */
  listUnrecorded(): Promise<readonly FreezeCommand[]>;
  /** Marks a command as recorded in the audit trail. */
  markRecorded(sequence: number): Promise<void>;
}

/** A holder of quota: a SharePoint task, or a whole batch if `taskId` is null. */
export interface QuotaHolder {
  readonly migrationId: string;
  readonly batchId: string;
  readonly taskId: string | null;
}

/**
 * The quota of queued OneDrive and SharePoint moves, across all migrations. Microsoft limits them
 * per source tenant.
 */
export interface QuotaStore {
  /**
   * Reserves the amount if the total stays within `limit`. Returns the quota of the holder, which
   * an earlier call may have reserved; undefined if the limit is reached. A holder with an amount
   * of 0 is blocked: it never gets quota.
   */
  hold(holder: QuotaHolder, amount: number, limit: number): Promise<number | undefined>;
  /** Returns the quota of a holder; undefined if it has none. */
  find(holder: QuotaHolder): Promise<number | undefined>;
  /** Releases the quota of a holder. Does nothing if it has none. */
  release(holder: QuotaHolder): Promise<void>;
  /** Releases the quota of a batch and its tasks. */
  releaseBatch(migrationId: string, batchId: string): Promise<void>;
  /** Returns the total of all holders. */
  count(): Promise<number>;
}

/** A holder of users in the ledger: a batch in one of its runs. */
export interface LedgerHolder {
  readonly migrationId: string;
  readonly batchId: string;
  /**
   * A later run inherits the users of an earlier run. Calls of an earlier run then have no effect.
   */
  readonly run: number;
}

/**
 * An entry of the ledger. `reserved`: a migration will migrate the user. `moved`: the migration has
 * migrated the user.
 */
export interface LedgerEntry {
  readonly migrationId: string;
  readonly batchId: string;
  readonly state: 'reserved' | 'moved';
  readonly at: string;
}

/**
 * The ledger: which migration has reserved or migrated which user, or source of a SharePoint task.
 * A user is reserved by one migration at a time, because storage rejects the insert of an existing
 * key. Keys are texts such as `user:<id>` and `source:<id>`; storage only contains salted hashes of
 * them.
 */
export interface UserLedger {
  /**
   * Reserves users for a batch. Returns, by key, the entries of the users that it could not
   * reserve: reserved by another migration, or already migrated if `moveAgain` is false. Can be
   * repeated.
   */
  reserve(
    holder: LedgerHolder,
    users: readonly { readonly key: string; readonly moveAgain: boolean }[],
    at: string,
  ): Promise<ReadonlyMap<string, LedgerEntry>>;
  /**
   * Ends reservations of a batch. With `isMoved` the entry stays permanently, otherwise the user is
   * free again. Entries of other migrations stay as they are. Can be repeated.
   */
  release(
    holder: LedgerHolder,
    users: readonly { readonly key: string; readonly isMoved: boolean }[],
    at: string,
  ): Promise<void>;
  /** Returns the existing entries by key. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>>;
}

/**
 * A stored rejection. `lastEventId` is the id of the latest event that was sent about it, null
 * before the first.
 */
export interface StoredRejection {
  readonly rejection: Rejection;
  readonly lastEventId: string | null;
}

export interface RejectionStore {
  /**
   * Stores a rejected message with its reason, and returns the stored rejection. If the id exists,
   * its first instant stays, the counts are added, and the reason is replaced.
   */
  save(rejection: Rejection, text: string): Promise<StoredRejection>;
  /** Returns the rejection with the text of its message, or undefined. */
  get(id: string): Promise<{ readonly rejection: Rejection; readonly text: string } | undefined>;
  /** Stores the migration that a replay has created. */
  markReplayed(
    id: string,
    replay: { readonly replayedAt: string; readonly migrationId: string },
  ): Promise<void>;
  /** Stores the id of the event that was sent about the rejection. */
  markReported(id: string, lastEventId: string): Promise<void>;
  list(options: {
    readonly pageSize: number;
    readonly continuationToken?: string | undefined;
  }): Promise<Page<Rejection>>;
}

export interface OutcomeQueue {
  /**
   * Sends a message to the queue `migration-outcomes`, in base64, which queue triggers expect by
   * default.
   */
  send(message: OutcomeEvent): Promise<void>;
}

/**
 * A message of the queue `migration-requests-poison`, invisible to other readers for some minutes.
 */
export interface PoisonMessage {
  readonly messageId: string;
  readonly popReceipt: string;
  /** The original text, not decoded. */
  readonly text: string;
}

/**
 * The queue `migration-requests-poison`, to which the host moves messages that failed at every
 * delivery.
 */
export interface PoisonQueue {
  /**
   * Receives up to 32 messages. Messages that are not deleted become visible again after five
   * minutes.
   */
  receive(): Promise<readonly PoisonMessage[]>;
  /** Deletes a received message. A message that no longer exists is ignored. */
  delete(message: PoisonMessage): Promise<void>;
}
