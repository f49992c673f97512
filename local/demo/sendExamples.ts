import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import type { ApiClient } from './apiClient.ts';

const requestSchema = z.looseObject({ name: z.string() });

/** The text of a file of `examples/`. */
export function exampleText(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), 'utf8');
}

/**
 * Sends one example by HTTP and one through the queue; returns the names of their migrations. The files name no cutover,
 * so that they can be sent on any day; here they get one.
 */
export async function sendExamples(api: ApiClient, connectionString: string, cutoverAtMs: number): Promise<readonly string[]> {
  const completeAfterDateTime = new Date(cutoverAtMs).toISOString();
  const request = (file: string): z.infer<typeof requestSchema> => ({ ...requestSchema.parse(JSON.parse(exampleText(file))), completeAfterDateTime });
  const byHttp = request('wave07.json');
  const byQueue = request('wave08-validate-only.json');
  await api.postMigration(JSON.stringify(byHttp));
  await sendToQueue(connectionString, JSON.stringify(byQueue));
  return [byHttp.name, byQueue.name];
}

/** Puts a text into the queue `migration-requests`, in base64 as the app's queue trigger expects it. */
export async function sendToQueue(connectionString: string, text: string): Promise<void> {
  await new QueueClient(connectionString, 'migration-requests').sendMessage(Buffer.from(text).toString('base64'));
}
