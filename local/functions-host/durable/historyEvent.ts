/** The types of the history events that this host writes (Durable extension protocol). */
export const eventTypes = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventRaised: 15,
  executionSuspended: 19,
  executionResumed: 20,
} as const;

/**
 * One event in the form that the orchestrator gets, without `IsPlayed`, which depends on the turn.
 */
export interface HistoryEvent {
  readonly EventType: number;
  /** The task's id for scheduling events, -1 for all others. */
  readonly EventId: number;
  /** ISO 8601 in UTC. */
  readonly Timestamp: string;
  readonly Name?: string;
  /** Null for an instance without a version. */
  readonly Version?: string | null;
  readonly Input?: string | null;
  readonly Result?: string | null;
  readonly Reason?: string;
  /** Null for a sub-orchestration that was terminated. */
  readonly Details?: string | null;
  readonly FailureDetails?: object;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
  readonly FireAt?: string;
  readonly InstanceId?: string;
  readonly OrchestrationStatus?: string;
  readonly OrchestrationInstance?: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly ParentInstance?: object | null;
}

/** The names of the event types in a status with history. */
export const eventNames: Readonly<Record<number, string>> = {
  0: 'ExecutionStarted',
  1: 'ExecutionCompleted',
  3: 'ExecutionTerminated',
  4: 'TaskScheduled',
  5: 'TaskCompleted',
  6: 'TaskFailed',
  7: 'SubOrchestrationInstanceCreated',
  8: 'SubOrchestrationInstanceCompleted',
  9: 'SubOrchestrationInstanceFailed',
  10: 'TimerCreated',
  11: 'TimerFired',
  12: 'OrchestratorStarted',
  13: 'OrchestratorCompleted',
  15: 'EventRaised',
  19: 'ExecutionSuspended',
  20: 'ExecutionResumed',
};
