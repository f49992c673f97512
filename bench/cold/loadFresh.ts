import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const loadedSchema = z.object({
  loadMs: z.number(),
  functions: z.number().min(1, 'the app has registered nothing'),
});
const settings = {
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
  TARGET_TENANT_ID: '99999999-8888-7777-6666-555555555555',
  SOURCE_TENANT_ID: '11111111-2222-3333-4444-555555555555',
  TARGET_CREDENTIAL: 'development',
  SOURCE_CREDENTIAL: 'development',
  GRAPH_BASE_URL: 'http://127.0.0.1:7080',
};

/** Milliseconds from the first byte of an app's main file to its last registered function, in a fresh process. */
export function loadFresh(file: string): number {
  const script = fileURLToPath(new URL('loadOnce.ts', import.meta.url));
  const output = execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, file],
    { env: { ...process.env, ...settings }, encoding: 'utf8' },
  );
  return loadedSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? '')).loadMs;
}
