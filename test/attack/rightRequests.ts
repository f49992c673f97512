/** The ids of users of the attack. */
export const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

const sourceTenantId = '11111111-2222-3333-4444-555555555555';

/** A right request that has every member. */
export const usersRequest = {
  kind: 'users',
  name: 'wave07',
  sourceTenantId,
  users: [user(1), { targetUserId: user(2), sourceUserPrincipalName: 'lee@contoso.com' }],
  workloads: ['Teams', 'Exchange'],
  exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  completeAfterDateTime: '2027-11-20T08:00:00Z',
  validateOnly: false,
  requestedBy: 'ana@fabrikam.com',
  approval: { required: true, timeoutHours: 72 },
  onInvalid: 'hold',
  holdTimeoutHours: 24,
} as const;

/** A right request of the other kind. */
export const sharePointRequest = {
  kind: 'sharePoint',
  name: 'sites-01',
  sourceTenantId,
  validateFirst: true,
  tasks: [
    {
      '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
      targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
      preferredStartDateTime: '2027-11-20T08:00:00Z',
      sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
      targetSiteUrl: 'https://fabrico.sharepoint.com/sites/IT',
    },
  ],
  identityMappings: {
    users: [
      {
        sourceUserIdentity: { userPrincipalName: 'lee@contoso.com' },
        targetUserIdentity: { userPrincipalName: 'lee@fabrikam.com' },
      },
    ],
    groups: [],
  },
} as const;
