import type { Freeze, FreezeCommand } from '../../shared/contracts/command.ts';
import { type FreezeStore, nextFreeze } from '../../shared/storage/appState.ts';
import { copied } from './memoryStores.ts';

/** Creates the store of the freeze in memory. */
export function memoryFreezes(): FreezeStore {
  const commands: FreezeCommand[] = [];
  const keys = new Map<string, number>();
  let inForce: Freeze | null = null;
  return {
    current: () => Promise.resolve(copied(inForce)),
    ask: (asked, key) => {
      const known =
        key === undefined ? undefined : commands[(keys.get(`${asked.kind} ${key}`) ?? 0) - 1];
      if (known !== undefined) return Promise.resolve(copied(known));
      const { frozen, command } = nextFreeze(asked, inForce, commands.length);
      inForce = frozen;
      commands.push(command);
      if (key !== undefined) keys.set(`${asked.kind} ${key}`, command.sequence);
      return Promise.resolve(copied(command));
    },
    listUnrecorded: () => Promise.resolve(copied(commands.filter(({ isRecorded }) => !isRecorded))),
    markRecorded: (sequence) => {
      const command = commands[sequence - 1];
      if (command !== undefined) commands[sequence - 1] = { ...command, isRecorded: true };
      return Promise.resolve();
    },
  };
}
