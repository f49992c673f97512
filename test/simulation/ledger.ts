import type { FaultKind, JobEvent, OperationName } from '../../local/graph-emulator/index.ts';
import type { Command, CommandResult, Decision } from '../../shared/contracts/command.ts';
import type { Task } from '../../shared/contracts/task.ts';

/** One exchange with Graph, as it was seen from outside of both sides. Instants are epoch milliseconds of the run. */
export interface Call {
  readonly seq: number;
  /** When the app let go of the call: a slow one comes in later, also after its sender has died. */
  readonly sentSeq: number;
  readonly sentMs: number;
  /** When the answer was heard; null where nobody heard one. */
  heardSeq: number | null;
  /** The tenant that it is a call to, the instance of the app that sent it, and what it has in common with what follows a claims challenge. */
  readonly tenant: 'source' | 'target';
  readonly life: number;
  readonly clientRequestId: string;
  readonly atMs: number;
  readonly operation: OperationName;
  /** Method and path, and for a create what is created: the same again is the same request. */
  readonly request: string;
  readonly jobId: string | null;
  /** When the activity that asked began. */
  readonly startSeq: number;
  /** The activity that asked, for which orchestration, and the batch it works for. */
  readonly activity: string;
  readonly instanceId: string;
  readonly batchKey: string;
  /** The SharePoint task that the activity works for; empty for none. */
  readonly taskKey: string;
  /** What the job was in truth when the call came in; null without a job. */
  readonly statusBefore: string | null;
  /** What happened to the job in the emulator; null for nothing. */
  effect: JobEvent['kind'] | null;
  /** The SharePoint task of Graph that the call has created or cancelled. */
  graphTask: { readonly kind: 'created' | 'cancelled'; readonly id: string } | null;
  /** The answer, where no fault has struck it; else 0. */
  answered: number;
  /** What the app got: 0 for a lost answer. */
  status: number;
  /** The status of the job or SharePoint task that the app was shown. */
  shown: string | null;
  /** Not before this instant may the same be asked again. */
  notBeforeMs: number | null;
  /** The instance that asked is dead or thought dead, and nobody has written down what it heard. */
  isForgotten: boolean;
  /** The instance that sends it stood still, was thought dead, and goes on with what it had in hand. */
  readonly isLate: boolean;
  /** The fault that struck the exchange. */
  fault: FaultKind | null;
}

/** A write of a task's row. */
export interface TaskWrite {
  readonly atMs: number;
  readonly before: Task | undefined;
  readonly after: Task;
}

/** A batch that was let through its gate: `startSeq` is when the look began. */
export interface GateLook {
  readonly batchKey: string;
  readonly stage: string;
  readonly startSeq: number;
  readonly kind: string;
}

/** What somebody who asked for something was told. */
export interface Asking {
  readonly seq: number;
  readonly atMs: number;
  readonly migrationId: string;
  readonly kind: string;
  /** Of the acceptance: `accepted`, `conflict`, … */
  readonly told: string;
  /** Why it was turned away; null when it was not. */
  readonly code: string | null;
  readonly commandId: string | null;
}

/** What a request came to for its sender. */
export interface Reply {
  readonly submission: number;
  readonly atMs: number;
  readonly kind: 'accepted' | 'invalid' | 'conflict' | 'usersUnavailable' | 'rejected' | 'poisoned';
  readonly migrationId: string | null;
  /** What he had asked for. */
  readonly request: unknown;
}

/** What somebody was told who replayed a refused message. */
export interface ReplayReply {
  /** The message. */
  readonly id: string;
  readonly submission: number;
  readonly atMs: number;
  readonly kind: 'accepted' | 'rejected' | 'notFound';
  readonly migrationId: string | null;
}

/** Everything that happened in a run, in order. */
export class Ledger {
  readonly calls: Call[] = [];
  readonly taskWrites: TaskWrite[] = [];
  readonly gateLooks: GateLook[] = [];
  readonly askings: Asking[] = [];
  readonly replies: Reply[] = [];
  readonly replays: ReplayReply[] = [];
  readonly commands: { readonly seq: number; readonly command: Command }[] = [];
  readonly results: {
    readonly seq: number;
    readonly atMs: number;
    readonly result: CommandResult;
  }[] = [];
  readonly decisions: { readonly seq: number; readonly decision: Decision }[] = [];
  /** A freeze at its answer, an unfreeze when it was asked for: in between nothing new may begin. */
  readonly freezes: { readonly seq: number; readonly kind: 'freeze' | 'unfreeze' }[] = [];
  /** The tasks that each request for approval covers, by migration and number; the first of two that are made at once holds. */
  readonly coveredBy = new Map<string, readonly string[]>();
  /** Every job id that a batch's row has ever named, by batch. */
  readonly ownedJobs = new Map<string, Set<string>>();
  /** What the sweep has started again. */
  readonly resumed: { readonly migrationId: string; readonly runCommandId: string | null }[] = [];
  /** Errors that the host has logged. */
  readonly hostErrors: string[] = [];
  readonly trace: string[] = [];
  readonly coverage = new Map<string, number>();
  /** Hears of what the run's people react to. */
  onPhase: (migrationId: string, phase: string) => void = () => undefined;
  onCall: () => void = () => undefined;
  readonly #heard = new Map<string, Call[]>();
  readonly #startMs: number;
  readonly #nowMs: () => number;
  #seq = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startMs = nowMs();
  }

  /** The number of the present moment; the next one is greater. */
  tick(): number {
    this.#seq += 1;
    return this.#seq;
  }

  /** An activity of this orchestration has been told to wait. */
  heard(instanceId: string, call: Call): void {
    const calls = this.#heard.get(instanceId);
    if (calls === undefined) this.#heard.set(instanceId, [call]);
    else calls.push(call);
  }

  /** The journal holds what the activity of this orchestration came to. */
  written(instanceId: string): void {
    this.#heard.delete(instanceId);
  }

  /** An instance of the app died: what its activities had heard and not written down is gone. */
  forget(life: number): void {
    for (const calls of this.#heard.values())
      for (const call of calls) if (call.life === life) call.isForgotten = true;
  }

  /** A line of the trace. */
  note(text: string): void {
    this.trace.push(`${String(this.#nowMs() - this.#startMs)} ${text}`);
  }

  /** Counts something that the run has covered. */
  cover(what: string): void {
    this.coverage.set(what, (this.coverage.get(what) ?? 0) + 1);
  }
}

/** A batch in the ledger. */
export function batchKeyOf(migrationId: string, batchId: string): string {
  return `${migrationId} ${batchId}`;
}

/** A task of a batch in the ledger. */
export function taskKeyOf(batchKey: string, taskId: string): string {
  return `${batchKey} ${taskId}`;
}
