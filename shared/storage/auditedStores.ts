import { answerEntry, commandEntry, decisionEntry, outcomeEntry } from './auditEntries.ts';
import type { Stores } from './stores.ts';

/**
 * Stores that put every command, answer, decision and outcome message on record in the audit trail as well. What a crash
 * leaves between a row and its record, the sweep puts on record.
 */
export function auditedStores<S extends Stores>(stores: S): S {
  const { audit, commands, outcomes } = stores;
  return {
    ...stores,
    commands: {
      ...commands,
      async add(command) {
        await commands.add(command);
        await audit.append(command.migrationId, commandEntry(command));
      },
      async answer(result) {
        const held = await commands.answer(result);
        await audit.append(held.migrationId, answerEntry(held));
        return held;
      },
      async decide(decision) {
        const held = await commands.decide(decision);
        await audit.append(held.migrationId, decisionEntry(held));
        return held;
      },
    },
    outcomes: {
      async send(event) {
        const { chain, entry } = outcomeEntry(event);
        await audit.append(chain, entry);
        await outcomes.send(event);
      },
    },
  };
}
