import type { Promised } from './evidence.ts';

/** Every orchestration has completed: none has failed, none waits for ever, and the host has met no error. */
export const hostIsSound: Promised = function* ({ unfinished, ledger }) {
  for (const instance of unfinished)
    yield `an orchestration has not completed: ${instance.slice(0, 300)}`;
  for (const error of ledger.hostErrors) yield error.slice(0, 300);
};
