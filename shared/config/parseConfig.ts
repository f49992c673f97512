import { z } from 'zod';
import {
  type Config,
  ConfigError,
  type StorageConnection,
  type TenantCredential,
} from './config.ts';

const whole = (min: number, max: number, preset: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `must be at least ${String(min)}`)
        .max(max, `must be at most ${String(max)}`),
    )
    .prefault(String(preset));

const guid = z.guid('must be a GUID').transform((value) => value.toLowerCase());

const guids = z
  .string()
  .transform((value) => value.split(',').map((one) => one.trim()))
  .pipe(z.array(z.guid('must be GUIDs separated by commas').toLowerCase()).min(1));

const credentialKind = z.enum(
  ['managedIdentity', 'federated', 'development'],
  'must be managedIdentity, federated or development',
);

const baseUrl = z
  .url('must be an address such as https://graph.microsoft.com')
  .refine(
    (value) => value.startsWith('https://') || isLoopback(value),
    'must be https, except on this machine',
  )
  .transform((value) => value.replace(/\/+$/, ''));

const settingsSchema = z.object({
  GRAPH_BASE_URL: baseUrl.prefault('https://graph.microsoft.com'),
  GRAPH_JOBS_VERSION: z.enum(['v1.0', 'beta'], 'must be v1.0 or beta').default('v1.0'),
  AUTHENTICATION: z
    .enum(['functionKey', 'entra'], 'must be functionKey or entra')
    .default('functionKey'),
  ALLOWED_TENANTS: guids.optional(),
  // Set by App Service: `True` where its authentication is on, so that the header that names the caller cannot be forged.
  WEBSITE_AUTH_ENABLED: z.string().optional(),
  USER_TASK_WRITES: z.enum(['true', 'false'], 'must be true or false').default('false'),
  TARGET_TENANT_ID: z.string('is missing: the id of the tenant that users move to').pipe(guid),
  TARGET_CREDENTIAL: credentialKind.default('managedIdentity'),
  TARGET_CLIENT_ID: guid.optional(),
  SOURCE_TENANT_ID: guid.optional(),
  SOURCE_CREDENTIAL: credentialKind.default('federated'),
  SOURCE_CLIENT_ID: guid.optional(),
  MANAGED_IDENTITY_CLIENT_ID: guid.optional(),
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be the name of a storage account')
    .optional(),
  AzureWebJobsStorage__blobServiceUri: z.url('must be an address').optional(),
  AzureWebJobsStorage__queueServiceUri: z.url('must be an address').optional(),
  AzureWebJobsStorage__tableServiceUri: z.url('must be an address').optional(),
  AzureWebJobsStorage__credential: z.string().optional(),
  AzureWebJobsStorage__clientId: guid.optional(),
  BATCH_SIZE: whole(1, 2_000, 100),
  MAX_PARALLEL_BATCHES: whole(1, 1_000, 40),
  MAX_QUEUED_MOVES: whole(1, 4_000, 4_000),
  MAX_REQUEST_BYTES: whole(1_024, 100 * 1024 * 1024, 10 * 1024 * 1024),
});
type Settings = z.infer<typeof settingsSchema>;
type Problem = ConfigError['problems'][number];

/**
 * Parses the settings of the app (README: configuration). Empty settings count as absent.
 * @throws ConfigError that lists every wrong setting
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError([
      ...parsed.error.issues.map(({ path, message }) => ({ setting: path.join('.'), message })),
      ...storageProblems(given),
    ]);
  }
  const settings = parsed.data;
  const problems = [
    ...authenticationProblems(settings),
    ...credentialProblems('TARGET', settings),
    ...sourceProblems(settings),
    ...storageProblems(given),
  ];
  const target = tenantCredential('TARGET', settings.TARGET_TENANT_ID, settings);
  const source =
    settings.SOURCE_TENANT_ID === undefined
      ? undefined
      : tenantCredential('SOURCE', settings.SOURCE_TENANT_ID, settings);
  const storage = storageConnection(settings);
  if (problems.length > 0 || target === undefined || storage === undefined)
    throw new ConfigError(problems);
  return {
    graph: { baseUrl: settings.GRAPH_BASE_URL, jobsVersion: settings.GRAPH_JOBS_VERSION },
    authentication: settings.AUTHENTICATION,
    allowedTenants: settings.ALLOWED_TENANTS ?? [settings.TARGET_TENANT_ID],
    userTaskWrites: settings.USER_TASK_WRITES === 'true',
    target,
    ...(source === undefined ? {} : { source }),
    storage,
    limits: {
      batchSize: settings.BATCH_SIZE,
      maxParallelBatches: settings.MAX_PARALLEL_BATCHES,
      maxQueuedMoves: settings.MAX_QUEUED_MOVES,
      maxRequestBytes: settings.MAX_REQUEST_BYTES,
    },
  };
}

const storageSettingsSchema = settingsSchema.pick({
  AzureWebJobsStorage: true,
  AzureWebJobsStorage__accountName: true,
  AzureWebJobsStorage__blobServiceUri: true,
  AzureWebJobsStorage__queueServiceUri: true,
  AzureWebJobsStorage__tableServiceUri: true,
  AzureWebJobsStorage__credential: true,
  AzureWebJobsStorage__clientId: true,
});

/**
 * Parses the settings of the app's storage account alone, for tools that need nothing else; undefined when none is given.
 * @throws ConfigError that lists every wrong setting
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

function isLoopback(address: string): boolean {
  return (
    URL.canParse(address) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname)
  );
}

/** Without the platform's authentication before the app anybody can send the header that names the caller. */
function* authenticationProblems({
  AUTHENTICATION: authentication,
  WEBSITE_AUTH_ENABLED: isEnabled,
}: Settings): Generator<Problem> {
  if (authentication !== 'entra' || isEnabled?.trim().toLowerCase() === 'true') return;
  yield {
    setting: 'AUTHENTICATION',
    message:
      'entra works only behind App Service authentication, and WEBSITE_AUTH_ENABLED, which the platform sets, is not True: switch App Service authentication on, or use functionKey',
  };
}

type Side = 'TARGET' | 'SOURCE';

function* credentialProblems(side: Side, settings: Settings): Generator<Problem> {
  if (
    settings[`${side}_CREDENTIAL`] === 'federated' &&
    settings[`${side}_CLIENT_ID`] === undefined
  ) {
    yield {
      setting: `${side}_CLIENT_ID`,
      message: `is missing: with ${side}_CREDENTIAL=federated, the client id of the app registration in the ${side.toLowerCase()} tenant`,
    };
  }
  if (settings[`${side}_CREDENTIAL`] === 'development' && !isLoopback(settings.GRAPH_BASE_URL)) {
    yield {
      setting: `${side}_CREDENTIAL`,
      message:
        'development works only with a GRAPH_BASE_URL on this machine; use managedIdentity or federated',
    };
  }
}

function* sourceProblems(settings: Settings): Generator<Problem> {
  if (settings.SOURCE_TENANT_ID === undefined) return;
  yield* credentialProblems('SOURCE', settings);
  if (settings.SOURCE_TENANT_ID === settings.TARGET_TENANT_ID)
    yield { setting: 'SOURCE_TENANT_ID', message: 'is the target tenant' };
  if (
    settings.SOURCE_CREDENTIAL === 'managedIdentity' &&
    settings.TARGET_CREDENTIAL === 'managedIdentity'
  ) {
    yield {
      setting: 'SOURCE_CREDENTIAL',
      message:
        'a managed identity belongs to one tenant: one of SOURCE_CREDENTIAL and TARGET_CREDENTIAL must be federated',
    };
  }
}

function tenantCredential(
  side: Side,
  tenantId: string,
  settings: Settings,
): TenantCredential | undefined {
  const identity =
    settings.MANAGED_IDENTITY_CLIENT_ID === undefined
      ? {}
      : { managedIdentityClientId: settings.MANAGED_IDENTITY_CLIENT_ID };
  const clientId = settings[`${side}_CLIENT_ID`];
  switch (settings[`${side}_CREDENTIAL`]) {
    case 'managedIdentity':
      return { kind: 'managedIdentity', tenantId, ...identity };
    case 'federated':
      return clientId === undefined
        ? undefined
        : { kind: 'federated', tenantId, clientId, ...identity };
    case 'development':
      return {
        kind: 'development',
        tenantId,
        tokenUrl: `${settings.GRAPH_BASE_URL}/${tenantId}/oauth2/v2.0/token`,
        clientId: clientId ?? '00000000-0000-4000-8000-00000000feed',
      };
  }
}

const services = ['blob', 'queue', 'table'] as const;

function* storageProblems(
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

function storageConnection(
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
