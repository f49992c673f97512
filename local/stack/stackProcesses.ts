import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessSpec } from './supervisedProcess.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));

/** The tenant ids of the examples. */
export const targetTenantId = '99999999-8888-7777-6666-555555555555';
export const sourceTenantId = '11111111-2222-3333-4444-555555555555';

interface Common {
  readonly dataDir: string;
  readonly port: number;
  readonly speed: number;
  /** The environment variables that give a process the stack's clock. */
  readonly clock: Readonly<Record<string, string>>;
}

/** Describes the process of Azurite. Its ready line contains the connection string. Pass it to use the same ports again. */
export function azuriteProcess({
  dataDir,
  connectionString,
}: Pick<Common, 'dataDir'> & { readonly connectionString?: string }): ProcessSpec {
  const ports = ['Blob', 'Queue', 'Table'].map(
    (service) =>
      new RegExp(`${service}Endpoint=http://[^:]+:(\\d+)`).exec(connectionString ?? '')?.[1] ?? '0',
  );
  return {
    name: 'azurite',
    module: 'local/stack/azurite/main.ts',
    args: ['--data', join(dataDir, 'azurite'), '--ports', ports.join(',')],
    workingDir: projectDir,
    environment: process.env,
    logFile: join(dataDir, 'logs', 'azurite.log'),
    ready: /^ready (\S+)$/m,
    readyTimeoutSeconds: 40,
    stopTimeoutSeconds: 20,
  };
}

/** Describes the process of the Graph emulator. */
export function graphProcess({
  dataDir,
  port,
  speed,
  clock,
  scenario,
  faults,
}: Common & { readonly scenario: string; readonly faults?: string }): ProcessSpec {
  return {
    name: 'graph',
    module: 'local/graph-emulator/cli.ts',
    args: [
      '--port',
      String(port),
      '--speed',
      String(speed),
      '--scenario',
      scenario,
      ...(faults === undefined ? [] : ['--faults', faults]),
      '--data',
      join(dataDir, 'graph'),
    ],
    workingDir: projectDir,
    environment: { ...process.env, ...clock },
    logFile: join(dataDir, 'logs', 'graph.log'),
    ready: /^ready http:\/\/\S+/m,
    readyTimeoutSeconds: 30,
    stopTimeoutSeconds: 10,
  };
}

/** Describes the process of the host with the built app. Its environment contains the addresses of storage and Graph. */
export function hostProcess({
  dataDir,
  port,
  speed,
  clock,
  graphUrl,
  connectionString,
  settings,
  appDir = projectDir,
}: Common & {
  readonly graphUrl: string;
  readonly connectionString: string;
  readonly settings: Readonly<Record<string, string>>;
  /** The folder of the app. Default: this project. */
  readonly appDir?: string;
}): ProcessSpec {
  return {
    name: 'host',
    module: 'local/functions-host/cli.ts',
    args: [
      'start',
      '--port',
      String(port),
      '--app',
      appDir,
      '--speed',
      String(speed),
      '--data',
      join(dataDir, 'host'),
    ],
    workingDir: projectDir,
    environment: {
      ...process.env,
      ...clock,
      AzureWebJobsStorage: connectionString,
      TASKHUB_NAME: 'TenantFerry',
      GRAPH_BASE_URL: graphUrl,
      GRAPH_JOBS_VERSION: 'v1.0',
      TARGET_TENANT_ID: targetTenantId,
      TARGET_CREDENTIAL: 'development',
      SOURCE_TENANT_ID: sourceTenantId,
      SOURCE_CREDENTIAL: 'development',
      ...settings,
    },
    logFile: join(dataDir, 'logs', 'host.log'),
    ready: /Host lock lease acquired by instance ID/,
    readyTimeoutSeconds: 60,
    stopTimeoutSeconds: 15,
  };
}
