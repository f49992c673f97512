import type { HistoryEvent } from './historyEvent.ts';

/** Where an instance is in its life. */
export type RuntimeStatus =
  'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

/** True when nothing will ever happen to the instance any more. */
export function isTerminal(status: RuntimeStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated';
}

/** An event on its way to an instance. Results of tasks are meant for one execution and dropped when that has gone. */
export interface Message {
  readonly seq: number;
  readonly executionId?: string;
  readonly event: HistoryEvent;
}

export interface Parent {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskScheduledId: number;
  readonly name: string;
}

/** One orchestration instance, with all that must survive the process. `input` and `output` are JSON text. */
export interface Instance {
  readonly instanceId: string;
  readonly executionId: string;
  readonly name: string;
  readonly version: string;
  readonly input: string | null;
  readonly parent: Parent | null;
  readonly status: RuntimeStatus;
  readonly customStatus: string | null;
  readonly output: string | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Of this execution, oldest first. */
  readonly history: readonly HistoryEvent[];
  /** Arrived and not consumed yet, oldest first. */
  readonly inbox: readonly Message[];
  /** Timers that were created and cancelled: they never fire. */
  readonly cancelledTimers: readonly number[];
}

/** What starts an instance. */
export type Start = Pick<
  Instance,
  'instanceId' | 'executionId' | 'name' | 'version' | 'input' | 'parent'
>;

/** A message to an instance; a start makes the instance when there is none that runs. */
export type Outgoing =
  | { readonly kind: 'start'; readonly start: Start; readonly atMs: number }
  | {
      readonly kind: 'event';
      readonly to: string;
      readonly executionId?: string;
      readonly event: HistoryEvent;
    };

/** One line of the journal: what happened, whole or not at all. */
export type Entry =
  | { readonly t: 'send'; readonly message: Outgoing }
  | {
      readonly t: 'turn';
      readonly instanceId: string;
      readonly executionId: string;
      readonly consumed: readonly number[];
      readonly events: readonly HistoryEvent[];
      readonly status: RuntimeStatus;
      readonly customStatus: string | null;
      readonly output: string | null;
      readonly atMs: number;
      readonly cancelledTimers: readonly number[];
      readonly outgoing: readonly Outgoing[];
      /** After continue-as-new: the next execution, with the events that go with it. */
      readonly next?: {
        readonly executionId: string;
        readonly input: string | null;
        readonly carriedOver: readonly HistoryEvent[];
      };
    }
  | { readonly t: 'purge'; readonly instanceId: string }
  /** Only at the head of a compacted journal: where the numbering of messages stands, then every instance. */
  | { readonly t: 'seq'; readonly seq: number }
  | { readonly t: 'instance'; readonly instance: Instance }
  /** The same for many: base64 of their packed JSON. */
  | { readonly t: 'instances'; readonly packed: string };
