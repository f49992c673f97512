import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HostStartError } from '../errors.ts';
import { parseLaxJson } from '../laxJson.ts';
import { wholeNumber } from './hostJson.ts';

const settingsSchema = z.looseObject({
  IsEncrypted: z.boolean().default(false),
  Values: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .default({}),
  Host: z
    .looseObject({
      LocalHttpPort: wholeNumber(z.int().min(0).max(65_535)).optional(),
      CORS: z.string().default(''),
      CORSCredentials: z.boolean().default(false),
    })
    .prefault({}),
});

/** The settings of local.settings.json. They are empty for an app without that file. */
export interface LocalSettings {
  readonly values: Readonly<Record<string, string>>;
  readonly port?: number;
  /** The origins whose pages may call the functions, separated by commas; `*` for any. */
  readonly cors?: string;
  readonly corsCredentials?: boolean;
}

/**
 * Reads the app's local.settings.json.
 * @throws HostStartError when the file exists but is not valid or is encrypted
 */
export function readLocalSettings(appDir: string): LocalSettings {
  const file = join(appDir, 'local.settings.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { values: {} };
    throw new HostStartError(`${file} cannot be read`, { cause: error });
  }
  let json: unknown;
  try {
    json = parseLaxJson(text);
  } catch (error) {
    throw new HostStartError(
      `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  const parsed = settingsSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
    );
    throw new HostStartError(`${file} is not valid: ${problems.join('; ')}`);
  }
  if (parsed.data.IsEncrypted)
    throw new HostStartError(`${file} is encrypted: decrypt it and set "IsEncrypted" to false`);
  const values = Object.fromEntries(
    Object.entries(parsed.data.Values).map(([name, value]) => [name, String(value ?? '')]),
  );
  const { LocalHttpPort: port, CORS: cors, CORSCredentials: corsCredentials } = parsed.data.Host;
  return {
    values,
    ...(port === undefined ? {} : { port }),
    ...(cors === '' ? {} : { cors, corsCredentials }),
  };
}

/** Adds the settings to the environment. Variables that are already set do not change. */
export function applyLocalSettings(
  { values }: LocalSettings,
  environment: NodeJS.ProcessEnv,
): void {
  for (const [name, value] of Object.entries(values)) environment[name] ??= value;
}
