import { isUtf8 } from 'node:buffer';
import { app } from '@azure/functions';
import * as df from 'durable-functions';
import { intakePolicy } from '../../shared/domain/policies.ts';
import { acceptMessage, recordPoison } from '../../shared/intake/messages.ts';
import type { Services } from '../services.ts';

type Part = { readonly text: string } | { readonly value: unknown };

/**
 * Serializes a parsed JSON value of any depth: `JSON.stringify` fails after some thousand levels.
 */
export function jsonText(parsed: unknown): string {
  const written: string[] = [];
  const remaining: Part[] = [{ value: parsed }];
  for (let part = remaining.pop(); part !== undefined; part = remaining.pop()) {
    if ('text' in part) written.push(part.text);
    // A stack: the next part is the last element.
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
 * Returns the original text of a queue message. The trigger binds bytes (`dataType` binary),
 * because the worker would parse a JSON text: numbers above 2^53 would be rounded, and duplicate
 * members dropped. Reads no trigger metadata: members of a message can override it.
 */
function queueMessage(entry: unknown): string {
  // If an app setting sets messageEncoding to base64, the host has decoded the message to bytes
  // that may not be text.
  if (entry instanceof Uint8Array)
    return isUtf8(entry)
      ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry)
      : Buffer.from(entry).toString('base64');
  if (typeof entry === 'string') return entry;
  return entry === undefined ? '' : jsonText(entry);
}

// Every binding supports `dataType`, but the types of the library omit it.
const trigger = {
  queueName: 'migration-requests',
  connection: 'AzureWebJobsStorage',
  dataType: 'binary',
};

/**
 * Registers the trigger of the queue `migration-requests`, which accepts the same requests as `POST
 * /migrations`.
 */
export function registerRequestQueue(services: Services): void {
  df.app.client.storageQueue('migrationRequests', {
    ...trigger,
    handler: async (entry: unknown, client, context) => {
      const outcome = await acceptMessage({ text: queueMessage(entry) }, services.intake(client));
      if (outcome.kind === 'accepted')
        context.info(`a message was accepted as migration ${outcome.migrationId}`);
      else context.warn(`message ${outcome.rejection.id} was rejected: ${outcome.rejection.code}`);
    },
  });
}

/**
 * Registers a timer that runs every 15 minutes and records the messages of the queue
 * `migration-requests-poison`, which failed at every delivery, as rejections.
 */
export function registerPoisonMessages(services: Services): void {
  app.timer('poisonMessages', {
    schedule: intakePolicy.poisonSchedule,
    handler: async (_timer, context) => {
      const ids = await recordPoison(services);
      for (const id of ids)
        context.error(`a message of the poison queue was recorded as rejection ${id}`);
    },
  });
}
