import { createHash, randomUUID } from 'node:crypto';
import type { CommandKind } from '../contracts/command.ts';

// Commands of one millisecond keep their order.
let issued = 0;

/** The id of a command: derived from the caller's key where there is one, so that the same key is the same command. */
export function commandIdOf(
  migrationId: string,
  kind: CommandKind,
  key: string | undefined,
  nowMs: number,
): string {
  if (key === undefined) {
    issued = (issued + 1) % 0x10000;
    return `${String(nowMs).padStart(13, '0')}-${issued.toString(16).padStart(4, '0')}${randomUUID().slice(0, 8)}`;
  }
  const hash = createHash('sha256').update(`${migrationId} ${kind} ${key}`).digest('hex');
  return `${String(Number.parseInt(hash.slice(0, 10), 16)).padStart(13, '0')}-${hash.slice(10, 22)}`;
}
