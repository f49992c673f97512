import type { Task } from 'durable-functions';
import { df } from '../../local/functions-host/test/durable/engineHarness.ts';

/** What the loop is started with: how often it looks, and when it gives up. */
export interface MonitorInput {
  readonly jobId: string;
  readonly pollSeconds: number;
  readonly untilMs: number;
}

export const monitorNames = { loop: 'monitorLoop', look: 'monitorLook' } as const;

/**
 * The "monitor" of the Durable Functions samples, as people write it for a migration job: ask for the status, leave when it
 * is final, else sleep on a timer and ask again, all in one history. Registers it; `look` answers the job's status.
 */
export function registerMonitorLoop(look: (jobId: string) => Promise<string>): void {
  df.app.orchestration(monitorNames.loop, function* (context): Generator<Task, string, unknown> {
    const { jobId, pollSeconds, untilMs } = context.df.getInput<MonitorInput>();
    while (context.df.currentUtcDateTime.getTime() < untilMs) {
      const status = yield context.df.callActivity(monitorNames.look, jobId);
      if (status === 'completed') return 'completed';
      yield context.df.createTimer(
        new Date(context.df.currentUtcDateTime.getTime() + pollSeconds * 1000),
      );
    }
    return 'expired';
  });
  df.app.activity(monitorNames.look, { handler: (jobId: string) => look(jobId) });
}
