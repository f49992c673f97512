/**
 * How the app reaches a storage account: a connection string, or service addresses with an
 * identity.
 */
export type StorageConnection =
  | { readonly kind: 'connectionString'; readonly connectionString: string }
  | {
      readonly kind: 'identity';
      readonly blobServiceUri: string;
      readonly queueServiceUri: string;
      readonly tableServiceUri: string;
      /**
       * The client id of a user-assigned managed identity; absent for the system-assigned one or a
       * developer's login.
       */
      readonly clientId?: string;
      readonly managedIdentity: boolean;
    };

/** The identity of the app in a tenant. */
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

/** How callers of the HTTP routes authenticate. */
export type Authentication = 'functionKey' | 'entra';

/** The settings of the app, parsed once at start. */
export interface Config {
  readonly graph: {
    readonly baseUrl: string;
    readonly jobsVersion: 'v1.0' | 'beta';
  };
  readonly authentication: Authentication;
  /** With Entra: the tenants whose users and apps may call the app. */
  readonly allowedTenants: readonly string[];
  /** Whether the tenant's API supports creating and updating user tasks. */
  readonly userTaskWrites: boolean;
  readonly target: TenantCredential;
  /** Absent if the app accepts no SharePoint requests. */
  readonly source?: TenantCredential;
  readonly storage: StorageConnection;
  readonly limits: {
    /** The most users in a batch, 1 to 2,000. */
    readonly batchSize: number;
    readonly maxParallelBatches: number;
    /**
     * The most OneDrives and sites of the source that may be queued or moving at the same time, 1
     * to 4,000.
     */
    readonly maxQueuedMoves: number;
    readonly maxRequestBytes: number;
  };
}

/** Invalid settings. The message lists each of them on its own line and never shows a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly { readonly setting: string; readonly message: string }[];

  constructor(problems: ConfigError['problems']) {
    super(
      [
        'The configuration is invalid:',
        ...problems.map(({ setting, message }) => `  ${setting}: ${message}`),
      ].join('\n'),
    );
    this.problems = problems;
  }
}
