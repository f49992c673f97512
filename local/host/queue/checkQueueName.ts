import { HostStartError } from '../hostStartError.ts';

/** Whether storage takes this as the name of a queue. */
function isQueueName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/.test(name);
}

/** Gives the name back, or throws a HostStartError that says what a queue may be called. */
export function checkQueueName(name: unknown, user: string): string {
  if (typeof name === 'string' && isQueueName(name)) return name;
  throw new HostStartError(
    `${user}: '${String(name)}' is not a queue name: use 3 to 63 lower-case letters, digits and single hyphens`,
  );
}
