/** The id of a user of the benches. */
export const benchUser = (n: number): string =>
  `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A valid request for one user of its own, as JSON. */
export function smallRequest(n: number): string {
  return JSON.stringify({
    kind: 'users',
    name: `bench-${String(n)}`,
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [benchUser(n)],
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  });
}

/**
 * Settings with which a migration is started and gets no further: its first activity is switched off and tried again on
 * timers. In Azure the functions of the intake and those of Durable scale apart, each on instances of their own.
 */
export const noWork: Readonly<Record<string, string>> = {
  'AzureWebJobs.planMigration.Disabled': 'true',
};
