import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import type { ApiClient } from './apiClient.ts';

const sharePointFiles = [
  '1-user-by-name.json',
  '2-user-by-id.json',
  '4-site.json',
  '5-group.json',
  '7-user-validate-only.json',
];

const requestSchema = z.looseObject({ name: z.string() });

/** The text of a file of `examples/`. */
export function exampleText(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), 'utf8');
}

/**
 * Sends the two waves whose failures are the scenario's own, one by HTTP and one through the queue; returns the names of
 * their migrations. The files name no cutover, so that they can be sent on any day; here they get one.
 */
export async function sendWaves(
  api: ApiClient,
  connectionString: string,
  cutoverAtMs: number,
): Promise<readonly string[]> {
  const byHttp = wave('wave07.json', cutoverAtMs);
  const byQueue = wave('wave08-validate-only.json', cutoverAtMs);
  await api.postMigration(JSON.stringify(byHttp));
  await sendToQueue(connectionString, JSON.stringify(byQueue));
  return [byHttp.name, byQueue.name];
}

/** Sends the waves, those that wait for commands, and the SharePoint requests that can run together; returns the names. */
export async function sendExamples(
  api: ApiClient,
  connectionString: string,
  cutoverAtMs: number,
): Promise<readonly string[]> {
  const names = [...(await sendWaves(api, connectionString, cutoverAtMs))];
  const waves = ['wave09-approval.json', 'wave10-commands.json'].map((file) =>
    wave(file, cutoverAtMs),
  );
  const sites = sharePointFiles.map((file) =>
    requestSchema.parse(JSON.parse(exampleText(`sharepoint/${file}`))),
  );
  for (const request of [...waves, ...sites]) {
    await api.postMigration(JSON.stringify(request));
    names.push(request.name);
  }
  return names;
}

function wave(file: string, cutoverAtMs: number): z.infer<typeof requestSchema> {
  return {
    ...requestSchema.parse(JSON.parse(exampleText(file))),
    completeAfterDateTime: new Date(cutoverAtMs).toISOString(),
  };
}

/** Puts a text into the queue `migration-requests`, as it is: the app takes JSON, plain or in base64. */
export async function sendToQueue(connectionString: string, text: string): Promise<void> {
  await new QueueClient(connectionString, 'migration-requests').sendMessage(text);
}
