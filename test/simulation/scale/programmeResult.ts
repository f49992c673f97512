import type { NoticeKind } from './noticedStores.ts';
import type { ProgrammeShape } from './programme.ts';
import type { StorageKind } from './storageRequests.ts';

/** What is summed up by the hour. */
export const hourlyNames = ['calls', 'refused', 'usersDone'] as const;
export type Hourly = (typeof hourlyNames)[number] | StorageKind;

/** How long something took, in minutes, over all cases. */
export interface Delays {
  readonly count: number;
  readonly medianMinutes: number;
  readonly p95Minutes: number;
  readonly maxMinutes: number;
}

/** What a programme came to: all that is printed, and the same for the same shape. */
export interface ProgrammeResult {
  readonly shape: ProgrammeShape;
  readonly startAt: string;
  readonly endAt: string;
  /** Sums of each hour, the first one beginning at the start. */
  readonly hourly: Readonly<Record<Hourly, readonly number[]>>;
  /** Jobs at Graph that had not ended, at the end of each hour. */
  readonly jobsInFlight: readonly number[];
  /** OneDrives of jobs that migrate, at the end of each hour. */
  readonly oneDrives: readonly number[];
  /** Jobs created: a batch with users who fail validation takes another one. */
  readonly jobs: number;
  readonly batches: number;
  /** Calls that came while Graph had asked to wait. */
  readonly insideRetryAfter: number;
  /** Calls in the log of the emulator: what the hours must add up to. */
  readonly loggedCalls: number;
  readonly delays: Readonly<Partial<Record<NoticeKind, Delays>>>;
  /** Graph calls by operation. */
  readonly operations: Readonly<Record<string, number>>;
  readonly executions: {
    readonly activities: number;
    readonly orchestratorTurns: number;
    readonly triggers: number;
  };
  readonly historyEvents: number;
  readonly longestHistory: number;
  /** Users by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Migrations by the phase they ended in. */
  readonly phases: Readonly<Record<string, number>>;
  /** What the host had to complain about: nothing. */
  readonly hostErrors: readonly string[];
}
