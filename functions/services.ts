import { setTimeout as sleep } from 'node:timers/promises';
import type { DurableClient } from 'durable-functions';
import type { ActivityServices } from '../orchestrations/activityServices.ts';
import { orchestrators } from '../orchestrations/names.ts';
import type { InstanceState } from '../orchestrations/sweep.ts';
import {
  type Authentication,
  ConfigError,
  type StorageConnection,
} from '../shared/config/config.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';
import { runInstanceId } from '../shared/contracts/ids.ts';
import type { MigrationInput } from '../shared/contracts/internal/batch.ts';
import { httpPolicy, storagePolicy } from '../shared/domain/policies.ts';
import { createJobClient } from '../shared/graph/jobs.ts';
import { createSharePointClient } from '../shared/graph/sharePointClient.ts';
import { CallBudget, createCredential } from '../shared/graph/tenant.ts';
import type { IntakeServices } from '../shared/intake/acceptRequest.ts';
import type { MessageSettings } from '../shared/intake/messages.ts';
import { auditedStores } from '../shared/storage/auditEntries.ts';
import { createStores } from '../shared/storage/azureStores.ts';
import { StorageUnavailableError, withTimeout } from '../shared/storage/calls.ts';
import type { Stores } from '../shared/storage/stores.ts';

/**
 * Starts the orchestration of a migration, or of a run that a command adds to it. Its instance id
 * is derived, and Durable refuses a second start while the first one runs: that refusal is expected
 * and ignored. Throws a StorageUnavailableError for any other failure.
 * @param resumes whether an earlier orchestration started some batches and then stopped
 */
export async function startMigration(
  client: DurableClient,
  migrationId: string,
  runCommandId: string | null = null,
  resumes = false,
): Promise<void> {
  const input: MigrationInput = { migrationId, runCommandId, resumes };
  const instanceId = runCommandId === null ? migrationId : runInstanceId(migrationId, runCommandId);
  try {
    await withTimeout(
      httpPolicy.startMs,
      client.startNew(orchestrators.migration, { instanceId, input }),
    );
  } catch (refusal) {
    // Another start of the same instance may be in progress, before its status can be read.
    if (
      refusal instanceof Error &&
      /instance with the status \w+ already exists/i.test(refusal.message)
    )
      return;
    try {
      await withTimeout(httpPolicy.statusMs, client.getStatus(instanceId));
    } catch {
      throw new StorageUnavailableError(
        'the orchestration could not be started; send the request again',
        {
          cause: refusal,
        },
      );
    }
  }
}

/** The settings that control who may call a route. */
export interface Access {
  /** How callers authenticate. */
  readonly authentication: Authentication;
  /** With Entra: the tenants whose users and apps may call. */
  readonly allowedTenants: readonly string[];
  /** The settings that are wrong. Every route returns 503 then. Absent if all are right. */
  readonly misconfigured?: ConfigError['problems'];
}

/** The services that the functions use, created once from the environment. */
export interface Services extends ActivityServices, Access {
  readonly maxRequestBytes: number;
  /**
   * Returns the services of the intake, which start orchestrations with the Durable client of this
   * invocation.
   */
  readonly intake: (client: DurableClient) => IntakeServices & MessageSettings;
}

function openStores(connection: StorageConnection): Stores {
  try {
    return createStores(connection);
  } catch {
    // The message of the SDK is omitted: it may contain the account key.
    if (connection.kind === 'identity')
      throw new ConfigError([
        {
          setting: 'AzureWebJobsStorage__tableServiceUri',
          message:
            'or another service address is not valid; set the https addresses of the table, blob and queue service',
        },
      ]);
    throw new ConfigError([
      {
        setting: 'AzureWebJobsStorage',
        message:
          'must be the connection string of a storage account, with blob, queue and table endpoints',
      },
    ]);
  }
}

/**
 * Parses the environment and creates the clients. Throws a ConfigError that lists every wrong
 * setting.
 */
function makeServices(environment: Readonly<Record<string, string | undefined>>): Services {
  const config = parseConfig(environment);
  const stores = auditedStores(openStores(config.storage));
  const { batchSize, maxParallelBatches, maxQueuedMoves, maxRequestBytes } = config.limits;
  const targetCredential = createCredential(config.target);
  const nowMs = (): number => Date.now();
  const budget = new CallBudget(nowMs);
  return {
    stores,
    jobs: createJobClient({ config, credential: targetCredential, budget }),
    ...(config.source === undefined
      ? {}
      : {
          sharePoint: createSharePointClient({
            config,
            sourceCredential: createCredential(config.source),
            targetCredential,
            targetBudget: budget,
          }),
        }),
    maxQueuedMoves,
    maxParallelBatches,
    userTaskWrites: config.userTaskWrites,
    // Activities log to their own invocation.
    warn: () => undefined,
    authentication: config.authentication,
    allowedTenants: config.allowedTenants,
    maxRequestBytes,
    nowMs,
    intake: (client) => ({
      stores,
      nowMs,
      batchSize,
      maxRequestBytes,
      isSignInOn: config.authentication === 'entra',
      targetTenantId: config.target.tenantId,
      ...(config.source === undefined ? {} : { sourceTenantId: config.source.tenantId }),
      start: (migrationId) => startMigration(client, migrationId),
    }),
  };
}

/**
 * Creates the services, or placeholders if settings are wrong: then `misconfigured` lists the
 * problems and nothing else is used. An error at start would leave an app without functions, whose
 * routes return 404.
 */
export function createServices(
  environment: Readonly<Record<string, string | undefined>>,
): Services {
  try {
    return makeServices(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Routes are only opened to callers without a key if the authentication settings are valid.
    const isTrusted = !error.problems.some(
      ({ setting }) => setting === 'AUTHENTICATION' || setting.startsWith('WEBSITE_AUTH'),
    );
    const authentication =
      isTrusted && environment['AUTHENTICATION'] === 'entra' ? 'entra' : 'functionKey';
    return { ...makeServices(placeholderSettings), authentication, misconfigured: error.problems };
  }
}

// Valid settings for placeholder clients that are never called.
const placeholderSettings = {
  TARGET_TENANT_ID: '00000000-0000-0000-0000-000000000000',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
};

const endStates: readonly string[] = ['Completed', 'Failed', 'Terminated', 'Canceled'];

/**
 * Returns whether an orchestration runs, has ended, or does not exist. Throws if Durable does not
 * respond.
 */
export async function statusOf(client: DurableClient, instanceId: string): Promise<InstanceState> {
  try {
    const { runtimeStatus } = await client.getStatus(instanceId, { showInput: false });
    return endStates.includes(runtimeStatus) ? 'ended' : 'alive';
  } catch (error) {
    // The library does not report this in any other way.
    if (error instanceof Error && /replied with HTTP 404\b/.test(error.message)) return 'missing';
    throw error;
  }
}

/**
 * Creates missing tables, containers and queues. Never rejects: an app whose start hook rejects has
 * no functions. If storage is unavailable, it tries again in the background, and routes return 503
 * meanwhile.
 * @param log receives the failure and the later success, once each
 */
export async function prepareStorage(
  { prepare }: Pick<Stores, 'prepare'>,
  log: (text: string) => void = (text) => console.error(text),
  pauseMs: number = storagePolicy.prepareRetryMs,
): Promise<void> {
  try {
    await prepare();
  } catch (error) {
    log(
      `the tables, containers and queues cannot be created; retrying every ${String(pauseMs / 1_000)} s: ${error instanceof Error ? error.message : String(error)}`,
    );
    void prepareUntilDone(prepare, log, pauseMs);
  }
}

async function prepareUntilDone(
  prepare: Stores['prepare'],
  log: (text: string) => void,
  pauseMs: number,
): Promise<void> {
  for (;;) {
    // `ref: false`: the timer must not prevent the process from ending.
    await sleep(pauseMs, undefined, { ref: false });
    try {
      await prepare();
      log('the tables, containers and queues were created');
      return;
    } catch {
      // Only the first failure is logged.
    }
  }
}
