import { readMessage } from '../domain/readMessage.ts';
import type { IntakeServices } from './acceptRequest.ts';
import { recordRejection } from './recordRejection.ts';

// A queue that somebody fills faster than this is emptied by the next runs.
const mostRounds = 50;

/**
 * Puts the messages of the queue `migration-requests-poison` on record as rejected, deletes them, and returns their ids. Reads the
 * queue itself instead of by a queue trigger: the host has no further queue behind this one, runs no function for a message after
 * its fifth failure, and lets it expire after seven days; and there are messages that it cannot hand to any function. Throws an
 * AggregateError after the last one where it failed for any: these stay in the queue and come again.
 */
export async function recordPoison(
  services: Pick<IntakeServices, 'stores' | 'nowMs'>,
): Promise<readonly string[]> {
  const { poison } = services.stores;
  const recorded: string[] = [];
  const failures: unknown[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const messages = await poison.receive();
    const before = recorded.length;
    for (const message of messages) {
      try {
        const { id } = await recordRejection(
          { source: 'poison', ...reasonOf(message.text), errors: [], text: message.text },
          services,
        );
        await poison.delete(message);
        recorded.push(id);
      } catch (error) {
        failures.push(error);
      }
    }
    // Nothing is left, or nothing works.
    if (recorded.length === before) break;
  }
  if (failures.length > 0)
    throw new AggregateError(
      failures,
      `${String(failures.length)} messages of the poison queue could not be put on record`,
    );
  return recorded;
}

function reasonOf(text: string): { readonly code: string; readonly detail: string } {
  const read = readMessage(text);
  return read.ok
    ? {
        code: 'processingFailed',
        detail:
          'the message failed at every delivery; the log has the reasons; replay it when they are solved',
      }
    : read;
}
