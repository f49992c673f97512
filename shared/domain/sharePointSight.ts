import type { ServiceStatus, Task } from '../contracts/task.ts';
import type { SharePointParameters } from '../contracts/sharePointParameters.ts';
import { lenientInstantMs } from './lenientInstant.ts';

const mark = 'Graph has not shown the task since ';

/** The message of a task's row from half an hour on without a sight of it. */
export function outOfSightMessage(sinceAt: string, answer: string): string {
  return `${mark}${sinceAt}: ${answer}; look at the move in the source tenant, and check the permissions of the app; it is looked for, and commands are tried meanwhile`;
}

/** Since when Graph has not shown a task, as its row says; undefined while it does. */
export function outOfSightSince({
  services,
}: {
  readonly services: readonly ServiceStatus[];
}): string | undefined {
  const message = services.find((service) => service.message.startsWith(mark))?.message;
  return message === undefined ? undefined : /^\S+(?=:)/.exec(message.slice(mark.length))?.[0];
}

/** True for an outcome that nothing but a person changes any more; `unknown` is corrected by a later sighting. */
export function isSettled({ outcome }: Pick<Task, 'outcome'>): boolean {
  return outcome !== null && outcome !== 'unknown';
}

/** The last instant at which a task was to start, epoch milliseconds; null when the request names none. */
export function plannedStartMs({
  preferredLatestStartDateTime,
  preferredStartDateTime,
}: SharePointParameters): number | null {
  return lenientInstantMs(preferredLatestStartDateTime ?? preferredStartDateTime ?? null) ?? null;
}
