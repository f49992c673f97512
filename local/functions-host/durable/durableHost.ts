import type { Clock } from '../../clock/clock.ts';
import type {
  Invocation,
  InvocationOutcome,
  RegisteredFunction,
} from '../invocation/invocation.ts';
import type { EngineJournal, JournalOptions } from './journal.ts';

/**
 * An invocation whose worker is gone, or is thought gone. Nothing is written down: an activity runs again, and the messages
 * of a turn are hidden and delivered again. Messages that arrive meanwhile are delivered before them, as on Azure.
 */
export interface LostInvocation {
  readonly ok: false;
  readonly lost: true;
  /** When it is handed out again. On Azure 300 s, the visibility time-out of the control and work-item queues. */
  readonly againAfterMs: number;
  /** What a worker that was only thought gone answers after all; must not reject. Heeded for activities; a late turn has lost the race for the history. */
  readonly late?: Promise<InvocationOutcome>;
}

/** Runs a function on a worker; never rejects. With several workers, which one is up to it. */
export type DurableInvoke = (invocation: Invocation) => Promise<InvocationOutcome | LostInvocation>;

/** Behaviour of the real host that hardly ever shows; for tests. */
export interface Quirks {
  /** How many milliseconds before its due time a timer fires: up to a second on Azure, where queues hide messages in whole seconds. A timer with less than that to go is on time. Called once for each timer that is armed. */
  readonly timerLeadMs?: () => number;
}

/** What the durable part of the host needs from the rest of it. */
export interface DurableOptions {
  readonly clock: Clock;
  /** The folder of the journal; created when missing, locked while the engine runs. */
  readonly dataDir: string;
  /** Opens a journal of another kind, which nobody else has open; then nothing is kept in `dataDir`. */
  readonly openJournal?: (options: Omit<JournalOptions, 'file'>) => Promise<EngineJournal>;
  /** The functions with an `orchestrationTrigger` or an `activityTrigger`. */
  readonly functions: readonly RegisteredFunction[];
  readonly invoke: DurableInvoke;
  /** `extensions.durableTask` of host.json, already parsed as JSON; unknown members are ignored. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: (level: 'information' | 'warning' | 'error', message: string) => void;
  readonly quirks?: Quirks;
  /** Called once when the journal cannot be written any more: nothing goes on, and new work is refused, until the next start. */
  readonly onJournalFailed?: (reason: string) => void;
  /** Called before each orchestrator run with what is handed to it; for measurements. */
  readonly onTurn?: (turn: {
    readonly instanceId: string;
    readonly name: string;
    readonly events: number;
    readonly bytes: number;
  }) => void;
}

/** The durable part of the host: engine, client binding and management API. */
export interface DurableHost {
  /** Reads the journal and goes on with everything that was under way. */
  start(): Promise<void>;
  /** Lets what runs finish its turn, writes everything, closes the journal. */
  stop(): Promise<void>;
  /** Resolves when nothing is running or queued and only timers and outside events could wake the engine. */
  idle(): Promise<void>;
  /**
   * The management API of section 24 of the reference. `path` is what follows `/runtime/webhooks/durabletask/` on the
   * public base or `/durabletask/` on the RPC base. Authorisation is the caller's business.
   */
  handle(request: DurableHttpRequest): Promise<DurableHttpResponse>;
  /** The JSON text that a `durableClient` input binding gets (section 9). */
  clientPayload(bases: {
    readonly publicBase: string;
    readonly rpcBase: string;
    readonly systemKey: string;
    readonly taskHub?: string;
  }): string;
}

export interface DurableHttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The base that the caller used; `Location` headers and management URLs are built on it. */
  readonly base: string;
  readonly systemKey: string;
}

export interface DurableHttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for no body. */
  readonly body: string;
}
