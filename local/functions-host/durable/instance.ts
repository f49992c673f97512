import type { HistoryEvent } from './historyEvent.ts';

/** What the status of an instance can be. */
export const statuses = [
  'Pending',
  'Running',
  'Suspended',
  'Completed',
  'Failed',
  'Terminated',
] as const;

/** The status of an instance. */
export type RuntimeStatus = (typeof statuses)[number];

/** Returns whether an instance has ended. */
export function isTerminal(status: RuntimeStatus): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Terminated';
}

/**
 * An event that an instance has not read yet. The result of a task belongs to one execution and is
 * dropped after it.
 */
export interface Message {
  readonly seq: number;
  readonly executionId?: string;
  readonly event: HistoryEvent;
}

/** The task of the parent that started a sub-orchestration. */
export interface Parent {
  readonly instanceId: string;
  readonly executionId: string;
  readonly taskScheduledId: number;
  readonly name: string;
}

/**
 * One orchestration instance, with everything that must survive the process. `input` and `output`
 * are JSON text.
 */
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
  /** The events of this execution, oldest first. */
  readonly history: readonly HistoryEvent[];
  /** The messages that are not consumed yet, oldest first. */
  readonly inbox: readonly Message[];
  /** The ids of the timers that were created and cancelled. They never fire. */
  readonly cancelledTimers: readonly number[];
}

/** The members of an instance that its start sets. */
export type Start = Pick<
  Instance,
  'instanceId' | 'executionId' | 'name' | 'version' | 'input' | 'parent'
>;

/** A message to an instance. A start creates the instance unless one with its id runs. */
export type Outgoing =
  | { readonly kind: 'start'; readonly start: Start; readonly atMs: number }
  | {
      readonly kind: 'event';
      readonly to: string;
      readonly executionId?: string;
      readonly event: HistoryEvent;
    };

/** One line of the journal. It takes effect as a whole or not at all. */
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
      /** After continue-as-new: the next execution, with the events that it inherits. */
      readonly next?: {
        readonly executionId: string;
        readonly input: string | null;
        readonly carriedOver: readonly HistoryEvent[];
      };
    }
  | { readonly t: 'purge'; readonly instanceId: string }
  /** Only at the start of a compacted journal: the last message number, then every instance. */
  | { readonly t: 'seq'; readonly seq: number }
  | { readonly t: 'instance'; readonly instance: Instance }
  /** Several instances: base64 of their compressed JSON. */
  | { readonly t: 'instances'; readonly packed: string };
