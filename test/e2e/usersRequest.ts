/** The id of a user of the tests: `series` keeps the users of one request apart from those of another. */
export function userId(series: number, index: number): string {
  return `aaaaaaaa-0000-4000-8${String(series).padStart(3, '0')}-${String(index).padStart(12, '0')}`;
}

/** A good request for `count` users of a series, with whatever a test changes in it. */
export function usersRequest(
  name: string,
  series: number,
  count: number,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    kind: 'users',
    name,
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: Array.from({ length: count }, (_, index) => userId(series, index + 1)),
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: {
      sourceEndpoint: 'xt-endpoint',
      targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
    },
    // Far ahead on the clocks of the tests: whoever waits for the end sets a nearer one.
    completeAfterDateTime: '2027-11-20T08:00:00Z',
    ...changes,
  };
}
