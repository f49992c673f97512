import type { Freeze } from '../contracts/freeze.ts';

const prefix = 'waits because of the freeze since ';

/** What the row of a batch says while a freeze holds it. It names nobody: who asked for the freeze, and why, is in health and in the audit trail. */
export function freezeText({ since }: Pick<Freeze, 'since'>): string {
  return `${prefix}${since}: nothing new is created or migrated until it is lifted`;
}

/** Whether a message is one of a freeze, of this one or an earlier one. */
export function isFreezeText(message: string | null): boolean {
  return message?.startsWith(prefix) === true;
}

/** The message of a migration that has not ended, with what a freeze adds to it. */
export function withFreeze(message: string | null, frozen: Freeze | null): string | null {
  if (frozen === null) return message;
  return message === null ? freezeText(frozen) : `${message}; ${freezeText(frozen)}`;
}
