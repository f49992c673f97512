import type { Clock } from '../../clock/clock.ts';
import type {
  Invocation,
  InvocationOutcome,
  RegisteredFunction,
} from '../invocation/invocation.ts';
import type { EngineJournal, JournalOptions } from './journal.ts';

/**
 * An invocation whose worker has died, or is believed to have died. Nothing is written to the
 * journal: an activity runs again, and the messages of a turn are hidden and delivered again.
 * Messages that arrive in the meantime are delivered before them, as on Azure.
 */
export interface InterruptedInvocation {
  readonly ok: false;
  readonly interrupted: true;
  /**
   * When the work is delivered again. On Azure 300 s, the visibility timeout of the control and
   * work-item queues.
   */
  readonly redeliverAfterMs: number;
  /**
   * The outcome of a worker that was still alive; must not reject. The engine uses it for
   * activities only: the late result of a turn would conflict with the history.
   */
  readonly late?: Promise<InvocationOutcome>;
}

/**
 * Runs a function on a worker; never rejects. With several workers, the implementation chooses one.
 */
export type DurableInvoke = (
  invocation: Invocation,
) => Promise<InvocationOutcome | InterruptedInvocation>;

/** Rare behaviour of the real host, for tests. */
export interface Quirks {
  /**
   * Returns how many milliseconds before its due time a timer fires. On Azure this is up to a
   * second, because queues hide messages in whole seconds. A timer that is due sooner than that
   * fires on time. Called once for each timer.
   */
  readonly timerLeadMs?: () => number;
}

/** What the caller of an orchestrator run can measure. */
export interface TurnSize {
  readonly instanceId: string;
  readonly name: string;
  /** History events that the orchestrator gets, the new ones included. */
  readonly events: number;
  /** Bytes of the payload that carries them. */
  readonly bytes: number;
}

/** The services and settings of the durable engine. */
export interface DurableOptions {
  readonly clock: Clock;
  /** The folder of the journal. Created when missing, locked while the engine runs. */
  readonly dataDir: string;
  /**
   * Opens another kind of journal, which no other engine may have open. Nothing is then written to
   * `dataDir`.
   */
  readonly openJournal?: (options: Omit<JournalOptions, 'file'>) => Promise<EngineJournal>;
  /** The functions with an `orchestrationTrigger` or an `activityTrigger`; others are ignored. */
  readonly functions: readonly RegisteredFunction[];
  readonly invoke: DurableInvoke;
  /** `extensions.durableTask` of host.json, already parsed as JSON. Unknown members are ignored. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: (level: 'information' | 'warning' | 'error', message: string) => void;
  readonly quirks?: Quirks;
  /**
   * Called once when the journal cannot be written any more. The engine then refuses new work until
   * the next start.
   */
  readonly onJournalFailed?: (reason: string) => void;
  /** Called before each run of an orchestrator, for measurements. */
  readonly onTurn?: (turn: TurnSize) => void;
}
