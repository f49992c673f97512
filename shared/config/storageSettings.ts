import { z } from 'zod';
import { guidSchema } from '../contracts/ids.ts';
import { ConfigError, type StorageConnection } from './config.ts';

/** The settings of the app's storage account. */
export const storageSettingsSchema = z.object({
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account')
    .optional(),
  AzureWebJobsStorage__blobServiceUri: z.url('must be an address').optional(),
  AzureWebJobsStorage__queueServiceUri: z.url('must be an address').optional(),
  AzureWebJobsStorage__tableServiceUri: z.url('must be an address').optional(),
  AzureWebJobsStorage__credential: z.string().optional(),
  AzureWebJobsStorage__clientId: guidSchema.optional(),
});
type Problem = ConfigError['problems'][number];

/**
 * Parses only the settings of the app's storage account, for tools that need nothing else. Returns
 * undefined if none is given.
 * @throws ConfigError that lists every invalid setting
 */
export function parseStorage(
  environment: Readonly<Record<string, string | undefined>>,
): StorageConnection | undefined {
  const given = Object.fromEntries(
    Object.entries(environment).filter(
      ([name, value]) =>
        name in storageSettingsSchema.shape && value !== undefined && value.trim() !== '',
    ),
  );
  if (Object.keys(given).length === 0) return undefined;
  const parsed = storageSettingsSchema.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({
      setting: path.join('.'),
      message,
    })),
    ...storageProblems(given),
  ];
  const connection = parsed.success ? storageConnection(parsed.data) : undefined;
  if (problems.length > 0 || connection === undefined) throw new ConfigError(problems);
  return connection;
}

const services = ['blob', 'queue', 'table'] as const;

/** Yields the missing storage settings. */
export function* storageProblems(
  settings: Readonly<Record<string, string | undefined>>,
): Generator<Problem> {
  if (
    settings['AzureWebJobsStorage'] !== undefined ||
    settings['AzureWebJobsStorage__accountName'] !== undefined
  )
    return;
  const missing = services.filter(
    (service) => settings[`AzureWebJobsStorage__${service}ServiceUri`] === undefined,
  );
  if (missing.length === services.length) {
    yield {
      setting: 'AzureWebJobsStorage',
      message:
        'is missing: give a connection string, or AzureWebJobsStorage__accountName to use an identity',
    };
  } else {
    for (const service of missing)
      yield {
        setting: `AzureWebJobsStorage__${service}ServiceUri`,
        message: 'is missing: the other service addresses are given',
      };
  }
}

/** Returns the connection that the settings describe, or undefined if settings are missing. */
export function storageConnection(
  settings: z.infer<typeof storageSettingsSchema>,
): StorageConnection | undefined {
  if (settings.AzureWebJobsStorage !== undefined)
    return { kind: 'connectionString', connectionString: settings.AzureWebJobsStorage };
  const account = settings.AzureWebJobsStorage__accountName;
  const address = (service: (typeof services)[number]): string | undefined =>
    settings[`AzureWebJobsStorage__${service}ServiceUri`] ??
    (account === undefined ? undefined : `https://${account}.${service}.core.windows.net`);
  const [blobServiceUri, queueServiceUri, tableServiceUri] = services.map(address);
  if (
    blobServiceUri === undefined ||
    queueServiceUri === undefined ||
    tableServiceUri === undefined
  )
    return undefined;
  return {
    kind: 'identity',
    blobServiceUri,
    queueServiceUri,
    tableServiceUri,
    managedIdentity: settings.AzureWebJobsStorage__credential === 'managedidentity',
    ...(settings.AzureWebJobsStorage__clientId === undefined
      ? {}
      : { clientId: settings.AzureWebJobsStorage__clientId }),
  };
}
