import { isUtf8 } from 'node:buffer';
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { acceptMessage, recordPoison } from '../../shared/intake/messages.ts';
import type { Services } from '../services.ts';

type Part = { readonly text: string } | { readonly value: unknown };

/** What came out of JSON as JSON again, however deeply it is nested: `JSON.stringify` gives up after some thousand levels. */
export function jsonText(parsed: unknown): string {
  const written: string[] = [];
  const remaining: Part[] = [{ value: parsed }];
  for (let part = remaining.pop(); part !== undefined; part = remaining.pop()) {
    if ('text' in part) written.push(part.text);
    // What is to be written next lies on top.
    else remaining.push(...partsOf(part.value).reverse());
  }
  return written.join('');
}

function partsOf(value: unknown): Part[] {
  if (typeof value !== 'object' || value === null) return [{ text: JSON.stringify(value) }];
  const isList = Array.isArray(value);
  const members = Object.entries(value).flatMap(([name, member], index): Part[] => [
    { text: `${index === 0 ? '' : ','}${isList ? '' : `${JSON.stringify(name)}:`}` },
    { value: member },
  ]);
  return [{ text: isList ? '[' : '{' }, ...members, { text: isList ? ']' : '}' }];
}

/**
 * The text of a queue message as it stands in the queue. The trigger asks for bytes (`dataType` binary), because the worker parses
 * a text that is JSON and the original is gone then: numbers above 2^53 are rounded, of two members of one name one is left. Reads
 * nothing of the trigger's metadata: the host lets members of a message override it.
 */
export function queueMessage(entry: unknown): string {
  // With messageEncoding base64 in an app setting, the host has decoded it to bytes that need not be a text.
  if (entry instanceof Uint8Array)
    return isUtf8(entry)
      ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry)
      : Buffer.from(entry).toString('base64');
  if (typeof entry === 'string') return entry;
  return entry === undefined ? '' : jsonText(entry);
}

// `dataType` belongs to every binding, and the types of the library leave it out.
const trigger = {
  queueName: 'migration-requests',
  connection: 'AzureWebJobsStorage',
  dataType: 'binary',
};

/** The queue `migration-requests`: takes the same requests as `POST /migrations`. */
export function registerMigrationRequests(services: Services): void {
  df.app.client.storageQueue('migrationRequests', {
    ...trigger,
    handler: async (entry: unknown, client, context) => {
      const outcome = await acceptMessage({ text: queueMessage(entry) }, services.intake(client));
      if (outcome.kind === 'accepted')
        context.info(`a message is migration ${outcome.migrationId}`);
      else context.warn(`message ${outcome.rejection.id} was rejected: ${outcome.rejection.code}`);
    },
  });
}

/** Every quarter of an hour: puts the messages of the queue `migration-requests-poison`, which failed again and again, on record as rejected. */
export function registerMigrationRequestsPoison(services: Services): void {
  app.timer('migrationRequestsPoison', {
    schedule: '0 */15 * * * *',
    handler: async (_timer, context) => {
      const ids = await recordPoison(services);
      for (const id of ids)
        context.error(`a message landed in the poison queue and is on record as rejection ${id}`);
    },
  });
}
