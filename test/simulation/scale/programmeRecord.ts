import { quantile } from '../../../bench/report/spread.ts';
import type { JobStore, LoggedRequest } from '../../../local/graph-emulator/index.ts';
import { orchestrators } from '../../../orchestrations/names.ts';
import { HourBook } from './hourBook.ts';
import { jobsInFlightAt, oneDrivesAt } from './jobsInFlight.ts';
import type { NoticeKind } from './noticedStores.ts';
import type { Delays, Hourly, ProgrammeResult } from './programmeResult.ts';
import { type Requests, storageKinds } from './storageRequests.ts';

const hour = 3_600_000;
const orchestratorNames: readonly string[] = Object.values(orchestrators);
const triggers: readonly string[] = ['migrationRequests', 'sweep'];

/** Tokens come from another service, with limits of its own. */
export const isGraphCall = ({ operation }: { readonly operation: string }): boolean =>
  operation !== 'requestToken';

/** Everything that is counted while a programme runs. */
export class ProgrammeRecord {
  historyEvents = 0;
  longestHistory = 0;
  readonly hostErrors: string[] = [];
  readonly ended = new Map<string, string>();
  readonly #hours: HourBook<Hourly>;
  readonly #startMs: number;
  readonly #nowMs: () => number;
  readonly #operations = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();
  readonly #executions = { activities: 0, orchestratorTurns: 0, triggers: 0 };
  readonly #delays = new Map<NoticeKind, number[]>();
  readonly #usersDone = new Set<string>();
  #insideRetryAfter = 0;

  constructor(startMs: number, nowMs: () => number) {
    this.#startMs = startMs;
    this.#nowMs = nowMs;
    this.#hours = new HourBook(startMs);
  }

  get usersDone(): number {
    return this.#usersDone.size;
  }

  request(logged: Pick<LoggedRequest, 'operation' | 'status' | 'insideRetryAfter'>): void {
    if (!isGraphCall(logged)) return;
    bump(this.#operations, logged.operation);
    this.#hours.add('calls', this.#nowMs());
    if (logged.status === 429) this.#hours.add('refused', this.#nowMs());
    if (logged.insideRetryAfter) this.#insideRetryAfter += 1;
  }

  storage(requests: Requests): void {
    for (const kind of storageKinds)
      if (requests[kind] !== undefined) this.#hours.add(kind, this.#nowMs(), requests[kind]);
  }

  execution(functionName: string): void {
    this.#executions[
      triggers.includes(functionName)
        ? 'triggers'
        : orchestratorNames.includes(functionName)
          ? 'orchestratorTurns'
          : 'activities'
    ] += 1;
  }

  notice(kind: NoticeKind, delayMs: number): void {
    const delays = this.#delays.get(kind) ?? [];
    delays.push(delayMs / 60_000);
    this.#delays.set(kind, delays);
  }

  userDone(migrationId: string, taskId: string, outcome: string): void {
    const key = `${migrationId} ${taskId}`;
    if (this.#usersDone.has(key)) return;
    this.#usersDone.add(key);
    bump(this.#outcomes, outcome);
    this.#hours.add('usersDone', this.#nowMs());
  }

  /** What it all came to, with what only the emulator knows. */
  result(
    jobs: JobStore,
    rest: Pick<ProgrammeResult, 'shape' | 'loggedCalls' | 'batches'>,
  ): ProgrammeResult {
    const endMs = this.#nowMs();
    const hours = Math.ceil((endMs - this.#startMs) / hour);
    const sums = (name: Hourly): readonly number[] => this.#hours.of(name, hours);
    const atEnds = (count: (book: JobStore, atMs: number) => number): readonly number[] =>
      Array.from({ length: hours }, (_, place) => count(jobs, this.#startMs + (place + 1) * hour));
    const phases = new Map<string, number>();
    for (const phase of this.ended.values()) bump(phases, phase);
    return {
      ...rest,
      startAt: new Date(this.#startMs).toISOString(),
      endAt: new Date(endMs).toISOString(),
      hourly: {
        calls: sums('calls'),
        refused: sums('refused'),
        usersDone: sums('usersDone'),
        tableReads: sums('tableReads'),
        tableQueries: sums('tableQueries'),
        tableWrites: sums('tableWrites'),
        tableBatches: sums('tableBatches'),
        blobReads: sums('blobReads'),
        blobWrites: sums('blobWrites'),
        queueMessages: sums('queueMessages'),
      },
      jobsInFlight: atEnds(jobsInFlightAt),
      oneDrives: atEnds(oneDrivesAt),
      jobs: jobs.all().length,
      insideRetryAfter: this.#insideRetryAfter,
      delays: Object.fromEntries(
        [...this.#delays].map(([kind, minutes]) => [kind, delaysOf(minutes)]),
      ),
      operations: Object.fromEntries(this.#operations),
      executions: { ...this.#executions },
      historyEvents: this.historyEvents,
      longestHistory: this.longestHistory,
      outcomes: Object.fromEntries(this.#outcomes),
      phases: Object.fromEntries(phases),
      hostErrors: [...this.hostErrors],
    };
  }
}

function delaysOf(minutes: readonly number[]): Delays {
  const sorted = minutes.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    medianMinutes: quantile(sorted, 0.5),
    p95Minutes: quantile(sorted, 0.95),
    maxMinutes: sorted.at(-1) ?? NaN,
  };
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
