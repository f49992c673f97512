import type { OrchestrationContext } from 'durable-functions';
import { reasonOf } from './steps.ts';

const longestReason = 300;

/** The beginning of what an error says: the host adds stack traces of several kilobytes. */
export function troubleOf(error: unknown): string {
  const [first = ''] = reasonOf(error).split('\n');
  return first.trim().slice(0, longestReason);
}

/** Writes a warning to the log, once: a replay does not repeat it. */
export function warn(context: OrchestrationContext, text: string): void {
  if (!context.df.isReplaying) context.warn(`${context.df.instanceId}: ${text}`);
}
