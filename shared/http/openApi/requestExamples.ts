import type { z } from 'zod';
import type { migrationRequestSchema } from '../../contracts/migrationRequest.ts';

/** One request of each kind, as the document shows them. */
export const requestExamples: Readonly<
  Record<'users' | 'sharePoint', z.input<typeof migrationRequestSchema>>
> = {
  users: {
    kind: 'users',
    name: 'wave01',
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [
      'aaaaaaaa-0000-4000-8000-000000000001',
      {
        targetUserId: 'aaaaaaaa-0000-4000-8000-000000000002',
        sourceUserPrincipalName: 'lee@contoso.com',
      },
    ],
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: {
      sourceEndpoint: 'xt-endpoint',
      targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
    },
    completeAfterDateTime: '2026-12-01T22:00:00Z',
    requestedBy: 'ana@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
  },
  sharePoint: {
    kind: 'sharePoint',
    name: 'sites-01',
    validateFirst: true,
    tasks: [
      {
        '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
        targetOrganizationHost: 'https://fabrikam.sharepoint.com',
        sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
        targetSiteUrl: 'https://fabrikam.sharepoint.com/sites/IT',
      },
    ],
  },
};
