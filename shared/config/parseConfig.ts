import { z } from 'zod';
import { guidSchema } from '../contracts/ids.ts';
import { type Config, ConfigError, type TenantCredential } from './config.ts';
import { storageConnection, storageProblems, storageSettingsSchema } from './storageSettings.ts';

const wholeNumber = (min: number, max: number, defaultValue: number) =>
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
    .prefault(String(defaultValue));

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
    'must be https, except for an address on this machine',
  )
  .transform((value) => value.replace(/\/+$/, ''));

const settingsSchema = z.object({
  GRAPH_BASE_URL: baseUrl.prefault('https://graph.microsoft.com'),
  GRAPH_JOBS_VERSION: z.enum(['v1.0', 'beta'], 'must be v1.0 or beta').default('v1.0'),
  AUTHENTICATION: z
    .enum(['functionKey', 'entra'], 'must be functionKey or entra')
    .default('functionKey'),
  ALLOWED_TENANTS: guids.optional(),
  // App Service sets it to `True` if its authentication is on, so that nobody can forge the header
  // with the caller.
  WEBSITE_AUTH_ENABLED: z.string().optional(),
  USER_TASK_WRITES: z.enum(['true', 'false'], 'must be true or false').default('false'),
  TARGET_TENANT_ID: z
    .string('is missing: the id of the tenant that users are migrated to')
    .pipe(guidSchema),
  TARGET_CREDENTIAL: credentialKind.default('managedIdentity'),
  TARGET_CLIENT_ID: guidSchema.optional(),
  SOURCE_TENANT_ID: guidSchema.optional(),
  SOURCE_CREDENTIAL: credentialKind.default('federated'),
  SOURCE_CLIENT_ID: guidSchema.optional(),
  MANAGED_IDENTITY_CLIENT_ID: guidSchema.optional(),
  ...storageSettingsSchema.shape,
  BATCH_SIZE: wholeNumber(1, 2_000, 100),
  MAX_PARALLEL_BATCHES: wholeNumber(1, 1_000, 40),
  MAX_QUEUED_MOVES: wholeNumber(1, 4_000, 4_000),
  MAX_REQUEST_BYTES: wholeNumber(1_024, 100 * 1024 * 1024, 10 * 1024 * 1024),
});
type Settings = z.infer<typeof settingsSchema>;
type Problem = ConfigError['problems'][number];

/**
 * Parses the settings of the app. Empty settings count as absent.
 * @throws ConfigError that lists every invalid setting
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

function isLoopback(address: string): boolean {
  return (
    URL.canParse(address) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname)
  );
}

// Without the platform's authentication anybody can send the header that names the caller.
function* authenticationProblems({
  AUTHENTICATION: authentication,
  WEBSITE_AUTH_ENABLED: isEnabled,
}: Settings): Generator<Problem> {
  if (authentication !== 'entra' || isEnabled?.trim().toLowerCase() === 'true') return;
  yield {
    setting: 'AUTHENTICATION',
    message:
      'entra needs App Service authentication, but WEBSITE_AUTH_ENABLED, which the platform sets, is not True: switch App Service authentication on, or use functionKey',
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
      message: `is missing: ${side}_CREDENTIAL=federated needs the client id of the app registration in the ${side.toLowerCase()} tenant`,
    };
  }
  if (settings[`${side}_CREDENTIAL`] === 'development' && !isLoopback(settings.GRAPH_BASE_URL)) {
    yield {
      setting: `${side}_CREDENTIAL`,
      message:
        'development needs a GRAPH_BASE_URL on this machine; use managedIdentity or federated',
    };
  }
}

function* sourceProblems(settings: Settings): Generator<Problem> {
  if (settings.SOURCE_TENANT_ID === undefined) return;
  yield* credentialProblems('SOURCE', settings);
  if (settings.SOURCE_TENANT_ID === settings.TARGET_TENANT_ID)
    yield { setting: 'SOURCE_TENANT_ID', message: 'must not be the target tenant' };
  if (
    settings.SOURCE_CREDENTIAL === 'managedIdentity' &&
    settings.TARGET_CREDENTIAL === 'managedIdentity'
  ) {
    yield {
      setting: 'SOURCE_CREDENTIAL',
      message:
        'a managed identity belongs to one tenant: set SOURCE_CREDENTIAL or TARGET_CREDENTIAL to federated',
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
