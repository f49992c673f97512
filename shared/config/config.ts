/** How the app reaches a storage account: a connection string, or service addresses with an identity. */
export type StorageConnection =
  | { readonly kind: 'connectionString'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly blobServiceUri: string;
      readonly queueServiceUri: string;
      readonly tableServiceUri: string;
      /** The client id of a user-assigned managed identity; absent for the system-assigned one or a developer's login. */
      readonly clientId?: string;
      readonly managedIdentity: boolean;
    };

/** Who the app is in a tenant. */
export type TenantCredential =
  | {
      readonly kind: 'managedIdentity';
      readonly tenantId: string;
      readonly managedIdentityClientId?: string;
    }
  | {
      readonly kind: 'federated';
      readonly tenantId: string;
      readonly clientId: string;
      readonly managedIdentityClientId?: string;
    }
  | {
      readonly kind: 'development';
      readonly tenantId: string;
      readonly tokenUrl: string;
      readonly clientId: string;
    };

/** How callers of the HTTP routes prove who they are. */
export type Authentication = 'functionKey' | 'entra';

/** Everything the environment decides, parsed once at start. */
export interface Config {
  readonly graph: {
    readonly baseUrl: string;
    readonly jobsVersion: 'v1.0' | 'beta';
  };
  readonly authentication: Authentication;
  /** With Entra: the tenants whose callers are let in. */
  readonly allowedTenants: readonly string[];
  /** Whether the tenant's API offers create and update of user tasks. */
  readonly userTaskWrites: boolean;
  readonly target: TenantCredential;
  /** Absent: the app takes no SharePoint requests. */
  readonly source?: TenantCredential;
  readonly storage: StorageConnection;
  readonly limits: {
    /** Users in a batch, 1 to 2,000. */
    readonly batchSize: number;
    readonly maxParallelBatches: number;
    /** OneDrives and sites of the source that may be queued or moving together, 1 to 4,000. */
    readonly maxQueuedMoves: number;
    readonly maxRequestBytes: number;
  };
}

/** The environment is wrong: the message lists every bad setting, one a line, and never shows a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly { readonly setting: string; readonly message: string }[];

  constructor(problems: ConfigError['problems']) {
    super(
      [
        'The configuration is wrong:',
        ...problems.map(({ setting, message }) => `  ${setting}: ${message}`),
      ].join('\n'),
    );
    this.problems = problems;
  }
}
