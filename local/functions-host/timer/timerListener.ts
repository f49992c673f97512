import type { Clock } from '../../clock/clock.ts';
import { errorText } from '../errors.ts';
import type { Invoke } from '../invocation/invocation.ts';
import { invokeWithRetry, type RetryPolicy } from '../invocation/retryPolicy.ts';
import type { HostLog } from '../log.ts';
import {
  never,
  type TimerSchedule,
  type TimerStatus,
  type TimerStatusFile,
} from './timerSchedule.ts';

interface TimerListenerOptions {
  readonly functionName: string;
  readonly schedule: TimerSchedule;
  readonly runOnStartup: boolean;
  /** The file of the schedule status; undefined for a timer without a monitor. */
  readonly statusFile: TimerStatusFile | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly clock: Clock;
  readonly invoke: Invoke;
  readonly log: HostLog;
}

/**
 * Runs a function by its schedule, one run at a time. Instants that become due during a run are
 * skipped (timer trigger binding).
 */
export class TimerListener {
  readonly #options: TimerListenerOptions;
  #cancel: () => void = () => undefined;
  #isStopped = false;
  #run: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(options: TimerListenerOptions) {
    this.#options = options;
  }

  /**
   * Schedules the next run. Runs the function at once when a run was missed while the host was
   * down, or with `runOnStartup`.
   */
  start(): void {
    const { clock, statusFile, runOnStartup } = this.#options;
    const status = statusFile?.read();
    const isKnown = status !== undefined && this.#isOfThisSchedule(status);
    const isPastDue = isKnown && Date.parse(status.Next) < clock.now();
    if (statusFile !== undefined && !isKnown) this.#writeStatus(never);
    if (isPastDue || runOnStartup) this.#fire(isPastDue);
    else this.#schedule();
  }

  /**
   * Returns whether a stored status has the next run that this schedule gives. After a change of the
   * schedule it has not, and no run was missed.
   */
  #isOfThisSchedule({ LastUpdated, Next }: TimerStatus): boolean {
    return this.#options.schedule.next(Date.parse(LastUpdated)) === Date.parse(Next);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    this.#stop.abort();
    await this.#run;
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const { clock, schedule } = this.#options;
    const nextMs = schedule.next(clock.now());
    if (nextMs === undefined) return;
    this.#cancel = clock.schedule(nextMs, () => {
      this.#fire(false);
    });
  }

  #fire(isPastDue: boolean): void {
    this.#run = this.#invoke(isPastDue)
      .catch((error: unknown) => {
        this.#options.log.entry(
          'Host.Triggers.Timer',
          'error',
          `the timer of '${this.#options.functionName}' failed: ${errorText(error)}`,
        );
      })
      .then(() => {
        this.#schedule();
      });
  }

  async #invoke(isPastDue: boolean): Promise<void> {
    const { functionName, clock, invoke, retry, statusFile } = this.#options;
    const firedAt = new Date(clock.now()).toISOString();
    const data = {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: statusFile?.read() ?? null,
      IsPastDue: isPastDue,
    };
    await invokeWithRetry(
      {
        functionName,
        reason: `Timer fired at ${firedAt}`,
        inputData: [{ name: '', data: { json: JSON.stringify(data) } }],
        triggerMetadata: {},
      },
      { policy: retry, invoke, clock, signal: this.#stop.signal },
    );
    this.#writeStatus(firedAt);
  }

  #writeStatus(last: string): void {
    const { clock, schedule, statusFile } = this.#options;
    const nowMs = clock.now();
    const nextMs = schedule.next(nowMs);
    if (statusFile === undefined || nextMs === undefined) return;
    const status: TimerStatus = {
      Last: last,
      LastUpdated: new Date(nowMs).toISOString(),
      Next: new Date(nextMs).toISOString(),
    };
    statusFile.write(status);
  }
}
