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

/** Returns the text of a file in `examples/`. */
export function exampleText(file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), 'utf8');
}

/**
 * Sends the two waves with users that fail in the example scenario: one over HTTP and one through the queue. Returns the names of
 * their migrations. The files contain no cutover date, so that they are valid on any day; this function adds one.
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

/** Sends all waves and the SharePoint requests that can run at the same time. Returns the names of the migrations. */
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

/** Sends a text unchanged to the queue `migration-requests`. The app accepts JSON, plain or in base64. */
export async function sendToQueue(connectionString: string, text: string): Promise<void> {
  await new QueueClient(connectionString, 'migration-requests').sendMessage(text);
}
