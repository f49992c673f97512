import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { ProcessSpec } from './supervisedProcess.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));

/** The tenants of the examples. */
export const targetTenantId = '99999999-8888-7777-6666-555555555555';

interface Common {
  readonly dataDir: string;
  readonly port: number;
  readonly speed: number;
  /** The environment that gives a process the stack's clock. */
  readonly clock: Readonly<Record<string, string>>;
}

/** Azurite; its ready line carries the connection string. */
export function azuriteProcess({ dataDir }: Pick<Common, 'dataDir'>): ProcessSpec {
  return {
    name: 'azurite',
    module: 'local/stack/azuriteProcess.ts',
    args: ['--data', join(dataDir, 'azurite')],
    workingDir: projectDir,
    environment: process.env,
    logFile: join(dataDir, 'logs', 'azurite.log'),
    ready: /^ready (\S+)$/m,
    readyTimeoutSeconds: 40,
    stopTimeoutSeconds: 20,
  };
}

/** The Graph emulator. */
export function graphProcess({ dataDir, port, speed, clock, scenario }: Common & { readonly scenario: string }): ProcessSpec {
  return {
    name: 'graph',
    module: 'local/graph/cli.ts',
    args: ['--port', String(port), '--speed', String(speed), '--scenario', scenario, '--data', join(dataDir, 'graph')],
    workingDir: projectDir,
    environment: { ...process.env, ...clock },
    logFile: join(dataDir, 'logs', 'graph.log'),
    ready: /^ready http:\/\/\S+/m,
    readyTimeoutSeconds: 30,
    stopTimeoutSeconds: 10,
  };
}

/** The host with the built app, told by its environment where storage and Graph are. */
export function hostProcess({
  dataDir,
  port,
  speed,
  clock,
  graphUrl,
  connectionString,
  settings,
}: Common & {
  readonly graphUrl: string;
  readonly connectionString: string;
  readonly settings: Readonly<Record<string, string>>;
}): ProcessSpec {
  return {
    name: 'host',
    module: 'local/host/cli.ts',
    args: ['start', '--port', String(port), '--app', projectDir, '--speed', String(speed), '--data', join(dataDir, 'host')],
    workingDir: projectDir,
    environment: {
      ...process.env,
      ...clock,
      AzureWebJobsStorage: connectionString,
      GRAPH_BASE_URL: graphUrl,
      GRAPH_JOBS_VERSION: 'v1.0',
      TARGET_TENANT_ID: targetTenantId,
      TARGET_CREDENTIAL: 'development',
      ...settings,
    },
    logFile: join(dataDir, 'logs', 'host.log'),
    ready: /Host lock lease acquired by instance ID/,
    readyTimeoutSeconds: 60,
    stopTimeoutSeconds: 15,
  };
}
