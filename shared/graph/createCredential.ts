import type { TokenCredential } from '@azure/core-auth';
import { ClientAssertionCredential, ManagedIdentityCredential } from '@azure/identity';
import type { TenantCredential } from '../config/config.ts';
import { DevelopmentCredential } from './developmentCredential.ts';

// What Entra wants as the audience of an assertion that is exchanged for a token of another tenant (workload identity federation).
const exchangeScope = 'api://AzureADTokenExchange/.default';

/** The credential of a tenant: the app's own identity, that identity federated into another tenant, or the emulator's. */
export function createCredential(target: TenantCredential): TokenCredential {
  switch (target.kind) {
    case 'managedIdentity':
      return managedIdentity(target.managedIdentityClientId);
    case 'federated': {
      const identity = managedIdentity(target.managedIdentityClientId);
      return new ClientAssertionCredential(
        target.tenantId,
        target.clientId,
        async () => (await identity.getToken(exchangeScope)).token,
      );
    }
    case 'development':
      return new DevelopmentCredential(target.tokenUrl, target.clientId);
  }
}

function managedIdentity(clientId: string | undefined): ManagedIdentityCredential {
  return clientId === undefined
    ? new ManagedIdentityCredential()
    : new ManagedIdentityCredential({ clientId });
}
