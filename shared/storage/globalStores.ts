import type { Freeze, FreezeCommand } from '../contracts/command.ts';
import type { OutcomeEvent } from '../contracts/outcomeEvent.ts';
import type { Rejection } from '../contracts/rejection.ts';
import type { Page } from './pages.ts';

/** What somebody asks about freezing everything. */
export type FreezeRequest = Pick<FreezeCommand, 'kind' | 'by' | 'reason' | 'askedAt'>;

/** The freeze of all migrations. */
export interface FreezeStore {
  /** The freeze in force; null while there is none. One point read at every call, never remembered. */
  current(): Promise<Freeze | null>;
  /**
   * Puts a freeze in force or lifts it, whoever else does so now, and returns the command as it is on record. A key that is known for this kind of command
   * changes nothing and returns the command that it stands for.
   */
  ask(asked: FreezeRequest, key: string | undefined): Promise<FreezeCommand>;
  /** The commands that are not on record in the audit trail, oldest first. */
  listUnrecorded(): Promise<readonly FreezeCommand[]>;
  /** Notes that a command is on record in the audit trail. */
  markRecorded(sequence: number): Promise<void>;
}

/** Who holds room in the source tenant's queue of moves: a SharePoint task, or with `taskId` null a whole batch. */
export interface QuotaHolder {
  readonly migrationId: string;
  readonly batchId: string;
  readonly taskId: string | null;
}

/** The moves of OneDrives and sites that are queued or under way, over all migrations; Microsoft allows so many a source. */
export interface QuotaStore {
  /**
   * Gives a holder room for `moves`, if all together stay within `limit`. Returns what the holder has, which is what it had
   * before, if anything; undefined when there is no room. A holder with 0 moves is barred: it never gets room.
   */
  hold(holder: QuotaHolder, moves: number, limit: number): Promise<number | undefined>;
  /** What a holder has; undefined when it holds nothing. */
  find(holder: QuotaHolder): Promise<number | undefined>;
  /** Gives back what a holder has; harmless when it has nothing. */
  release(holder: QuotaHolder): Promise<void>;
  /** Gives back what a batch and its tasks hold. */
  releaseBatch(migrationId: string, batchId: string): Promise<void>;
  /** How many moves are held by all. */
  count(): Promise<number>;
}

/** Who holds users in the ledger: a batch in one of its runs. */
export interface LedgerHolder {
  readonly migrationId: string;
  readonly batchId: string;
  /** A later run of the batch takes over what an earlier one holds; what an earlier run still does then has no effect. */
  readonly run: number;
}

/** `reserved`: a migration has the user. `moved`: it has moved them. */
export interface LedgerEntry {
  readonly migrationId: string;
  readonly batchId: string;
  readonly state: 'reserved' | 'moved';
  readonly at: string;
}

/**
 * The ledger: which migration has which user, or source of a SharePoint task, and who has been moved. A user is reserved by one migration
 * at a time, by an insert that storage refuses where there is an entry. Keys are texts such as `user:<id>` and `source:<id>`; storage holds
 * salted hashes of them only.
 */
export interface UserLedger {
  /**
   * Reserves users for a batch. Returns, by key, the entries of those that it did not get: reserved by another migration, or moved where
   * `moveAgain` is false. Who is reserved for the batch already stays so. May be called again at any point.
   */
  reserve(
    holder: LedgerHolder,
    users: readonly { readonly key: string; readonly moveAgain: boolean }[],
    at: string,
  ): Promise<ReadonlyMap<string, LedgerEntry>>;
  /** Ends reservations of a batch: `isMoved` leaves an entry for good, else the user is free. What another migration holds stays as it is. May be called again. */
  release(
    holder: LedgerHolder,
    users: readonly { readonly key: string; readonly isMoved: boolean }[],
    at: string,
  ): Promise<void>;
  /** The entries that there are, by key. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>>;
}

/** A rejection as it is on record; `lastEventId` is the id of the last event about it that was sent, null before the first. */
export interface StoredRejection {
  readonly rejection: Rejection;
  readonly lastEventId: string | null;
}

export interface RejectionStore {
  /**
   * Keeps a message's text and the reason, and returns what is on record then. The same id again keeps the first instant, adds its
   * count to the count, and takes the place of the reason.
   */
  save(rejection: Rejection, text: string): Promise<StoredRejection>;
  /** The rejection with the text of its message, or undefined. */
  get(id: string): Promise<{ readonly rejection: Rejection; readonly text: string } | undefined>;
  /** Notes which migration a refused message has become after all. */
  markReplayed(
    id: string,
    replay: { readonly replayedAt: string; readonly migrationId: string },
  ): Promise<void>;
  /** Notes the id of the event that was sent about it. */
  markReported(id: string, lastEventId: string): Promise<void>;
  list(options: {
    readonly pageSize: number;
    readonly continuationToken?: string | undefined;
  }): Promise<Page<Rejection>>;
}

export interface OutcomeQueue {
  /** Puts one message into the queue `migration-outcomes`, in base64, which queue bindings of consumers expect unless they are told otherwise. */
  send(message: OutcomeEvent): Promise<void>;
}

/** A message of the queue `migration-requests-poison`, hidden from other readers for some minutes. */
export interface PoisonMessage {
  readonly messageId: string;
  readonly popReceipt: string;
  /** As it stands in the queue, not decoded. */
  readonly text: string;
}

/** The queue `migration-requests-poison`, where the host puts messages that failed at every delivery. */
export interface PoisonQueue {
  /** Takes up to 32 messages; what is not deleted comes again after five minutes. */
  receive(): Promise<readonly PoisonMessage[]>;
  /** Deletes a message that was received; one that is gone is fine. */
  delete(message: PoisonMessage): Promise<void>;
}
