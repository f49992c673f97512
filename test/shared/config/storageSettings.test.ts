import { describe, expect, it } from 'vitest';
import { parseStorage } from '../../../shared/config/storageSettings.ts';

describe('parseStorage', () => {
  it('reads the storage settings alone, and nothing where there are none', () => {
    expect(parseStorage({ PATH: '/bin', AzureWebJobsStorage: ' ' })).toBeUndefined();
    expect(
      parseStorage({
        AzureWebJobsStorage: 'UseDevelopmentStorage=true',
        TARGET_TENANT_ID: 'no GUID',
      }),
    ).toEqual({ kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' });
    expect(parseStorage({ AzureWebJobsStorage__accountName: 'ferry' })).toMatchObject({
      kind: 'identity',
      blobServiceUri: 'https://ferry.blob.core.windows.net',
      managedIdentity: false,
    });
  });

  it('names what is wrong and what is missing', () => {
    expect(() => parseStorage({ AzureWebJobsStorage__accountName: 'No Account' })).toThrow(
      'AzureWebJobsStorage__accountName: must be the name of a storage account',
    );
    expect(() =>
      parseStorage({ AzureWebJobsStorage__blobServiceUri: 'https://ferry.blob.core.windows.net' }),
    ).toThrow('AzureWebJobsStorage__queueServiceUri: is missing');
  });
});
