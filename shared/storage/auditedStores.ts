import { isChainOfItsOwn } from '../contracts/auditEvent.ts';
import type { OutcomeMessage } from '../contracts/outcomeEvent.ts';
import { answerEntry, commandEntry, decisionEntry, outcomeEntry } from './auditEntries.ts';
import type { Stores } from './stores.ts';

/**
 * Stores that put every command, answer, decision and outcome message on record in the audit trail as well. What a crash
 * leaves between a row and its record, the sweep puts on record. An outcome message is anchored before it is sent: its place
 * in the trail is a line in the blobs of anchors, is in the migration's row, and goes out with the message. Where one of
 * these fails, nothing is sent; whoever sends it again finds the same place, and at worst leaves the same line twice.
 */
export function auditedStores<S extends Stores>(stores: S): S {
  const { anchors, audit, commands, migrations, outcomes } = stores;
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
        const { sequence, hash } = await audit.append(chain, entry);
        await anchors.append({ migrationId: chain, sequence, hash, at: event.time });
        // After the anchor: a row whose place no anchor has means that anchors were removed. A late one never takes the place of a later one.
        if (!isChainOfItsOwn(chain))
          await migrations.change(chain, ({ auditHead }) =>
            auditHead !== null && auditHead.sequence >= sequence
              ? undefined
              : { auditHead: { sequence, hash } },
          );
        const message: OutcomeMessage = { ...event, auditsequence: sequence, audithash: hash };
        await outcomes.send(message);
      },
    },
  };
}
