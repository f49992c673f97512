import { benchUser } from '../stack/smallRequest.ts';

export const targetTenantId = '99999999-8888-7777-6666-555555555555';

/** A valid request for so many users. */
export function largeRequest(name: string, users: number): Readonly<Record<string, unknown>> {
  return {
    kind: 'users',
    name,
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: Array.from({ length: users }, (_, n) => benchUser(n + 1)),
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  };
}
