import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../shared/config/config.ts';
import { parseConfig } from '../../../shared/config/parseConfig.ts';

const tenant = '99999999-8888-7777-6666-555555555555';
const source = '11111111-2222-3333-4444-555555555555';
const good = {
  TARGET_TENANT_ID: tenant,
  AzureWebJobsStorage__accountName: 'ferrystore',
  AzureWebJobsStorage__credential: 'managedidentity',
};

function problemsOf(environment: Record<string, string | undefined>): string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ setting }) => setting);
  }
}

describe('parseConfig', () => {
  it('takes Entra only where the platform vouches for the header, and other tenants only when they are named', () => {
    for (const isEnabled of [undefined, '', 'False', '0', '1', 'yes']) {
      expect(
        problemsOf({ ...good, AUTHENTICATION: 'entra', WEBSITE_AUTH_ENABLED: isEnabled }),
      ).toEqual(['AUTHENTICATION']);
    }
    for (const isEnabled of ['True', 'true', 'TRUE'])
      expect(
        parseConfig({ ...good, AUTHENTICATION: 'entra', WEBSITE_AUTH_ENABLED: isEnabled }),
      ).toMatchObject({ authentication: 'entra', allowedTenants: [tenant] });
    const others = ['AAAAAAAA-2222-3333-4444-555555555555', 'bbbbbbbb-2222-3333-4444-555555555555'];
    expect(parseConfig({ ...good, ALLOWED_TENANTS: others.join(' , ') }).allowedTenants).toEqual(
      others.map((id) => id.toLowerCase()),
    );
    for (const wrong of ['fabrikam.com', `${others.join(',')},`, '*'])
      expect(problemsOf({ ...good, ALLOWED_TENANTS: wrong })).toContain(
        'ALLOWED_TENANTS.' + (wrong.endsWith(',') ? '2' : '0'),
      );
  });

  it('needs little in Azure, and presets the rest', () => {
    expect(parseConfig({ ...good, PATH: '/bin', BATCH_SIZE: ' ' })).toEqual({
      graph: { baseUrl: 'https://graph.microsoft.com', jobsVersion: 'v1.0' },
      target: { kind: 'managedIdentity', tenantId: tenant },
      storage: {
        kind: 'identity',
        blobServiceUri: 'https://ferrystore.blob.core.windows.net',
        queueServiceUri: 'https://ferrystore.queue.core.windows.net',
        tableServiceUri: 'https://ferrystore.table.core.windows.net',
        managedIdentity: true,
      },
      limits: {
        batchSize: 100,
        maxParallelBatches: 40,
        maxQueuedMoves: 4_000,
        maxRequestBytes: 10_485_760,
      },
      userTaskWrites: false,
      authentication: 'functionKey',
      allowedTenants: [tenant],
    });
  });

  it('takes a federated identity and a user-assigned one', () => {
    const client = '22222222-0000-4000-8000-000000000001';
    const identity = '33333333-0000-4000-8000-000000000001';
    const { target } = parseConfig({
      ...good,
      TARGET_CREDENTIAL: 'federated',
      TARGET_CLIENT_ID: client.toUpperCase(),
      MANAGED_IDENTITY_CLIENT_ID: identity,
    });
    expect(target).toEqual({
      kind: 'federated',
      tenantId: tenant,
      clientId: client,
      managedIdentityClientId: identity,
    });
  });

  it('takes a source tenant with an identity of its own', () => {
    const client = '22222222-0000-4000-8000-000000000002';
    expect(
      parseConfig({ ...good, SOURCE_TENANT_ID: source, SOURCE_CLIENT_ID: client }).source,
    ).toEqual({ kind: 'federated', tenantId: source, clientId: client });
    const local = parseConfig({
      ...good,
      GRAPH_BASE_URL: 'http://127.0.0.1:7080',
      TARGET_CREDENTIAL: 'development',
      SOURCE_TENANT_ID: source,
      SOURCE_CREDENTIAL: 'development',
    });
    expect(local.source).toMatchObject({
      kind: 'development',
      tokenUrl: `http://127.0.0.1:7080/${source}/oauth2/v2.0/token`,
    });
    expect(parseConfig(good).source).toBeUndefined();
  });

  it('takes service addresses of its own, and a connection string before them', () => {
    const uris = Object.fromEntries(
      ['blob', 'queue', 'table'].map((name) => [
        `AzureWebJobsStorage__${name}ServiceUri`,
        `https://${name}.example`,
      ]),
    );
    expect(parseConfig({ TARGET_TENANT_ID: tenant, ...uris }).storage).toMatchObject({
      kind: 'identity',
      queueServiceUri: 'https://queue.example',
      managedIdentity: false,
    });
    expect(
      parseConfig({ ...good, AzureWebJobsStorage: 'UseDevelopmentStorage=true' }).storage,
    ).toEqual({ kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' });
  });

  it.each([
    ['everything', {}, ['TARGET_TENANT_ID', 'AzureWebJobsStorage']],
    ['a tenant that is no GUID', { ...good, TARGET_TENANT_ID: 'contoso' }, ['TARGET_TENANT_ID']],
    [
      'plain http to somewhere else',
      { ...good, GRAPH_BASE_URL: 'http://graph.example' },
      ['GRAPH_BASE_URL'],
    ],
    [
      'the emulator’s credential for the real Graph',
      { ...good, TARGET_CREDENTIAL: 'development' },
      ['TARGET_CREDENTIAL'],
    ],
    [
      'a federated identity without its client',
      { ...good, TARGET_CREDENTIAL: 'federated' },
      ['TARGET_CLIENT_ID'],
    ],
    [
      'a source that is reached like the target',
      { ...good, SOURCE_TENANT_ID: source, SOURCE_CREDENTIAL: 'managedIdentity' },
      ['SOURCE_CREDENTIAL'],
    ],
    ['a source without its client', { ...good, SOURCE_TENANT_ID: source }, ['SOURCE_CLIENT_ID']],
    [
      'a source that is the target',
      { ...good, SOURCE_TENANT_ID: tenant, SOURCE_CLIENT_ID: source },
      ['SOURCE_TENANT_ID'],
    ],
    [
      'the emulator’s credential for the real source',
      { ...good, SOURCE_TENANT_ID: source, SOURCE_CREDENTIAL: 'development' },
      ['SOURCE_CREDENTIAL'],
    ],
    [
      'numbers out of bounds',
      {
        ...good,
        BATCH_SIZE: '2001',
        MAX_PARALLEL_BATCHES: '0',
        MAX_QUEUED_MOVES: '4001',
        MAX_REQUEST_BYTES: 'many',
      },
      ['BATCH_SIZE', 'MAX_PARALLEL_BATCHES', 'MAX_QUEUED_MOVES', 'MAX_REQUEST_BYTES'],
    ],
    [
      'a missing service address',
      { TARGET_TENANT_ID: tenant, AzureWebJobsStorage__blobServiceUri: 'https://b.example' },
      ['AzureWebJobsStorage__queueServiceUri', 'AzureWebJobsStorage__tableServiceUri'],
    ],
    [
      'an unknown version of Graph',
      { ...good, GRAPH_JOBS_VERSION: 'v2.0' },
      ['GRAPH_JOBS_VERSION'],
    ],
  ])('names %s', (_, environment, settings) => {
    expect(problemsOf(environment)).toEqual(settings);
  });

  it('makes a list for people, without the values, which may be secrets', () => {
    expect(() =>
      parseConfig({
        TARGET_TENANT_ID: 'AccountKey=hush',
        AzureWebJobsStorage__accountName: 'Not An Account',
      }),
    ).toThrow(
      /^The configuration is invalid:\n {2}TARGET_TENANT_ID: must be a GUID\n {2}AzureWebJobsStorage__accountName: must be the name of a storage account$/,
    );
  });
});
