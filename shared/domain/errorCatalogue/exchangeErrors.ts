import type { CatalogueFamily } from './catalogueEntry.ts';

/** Mailboxes (Microsoft: resolve errors during orchestrated migration). */
export const exchangeErrors = {
  'EXCH-07': {
    meaning:
      'There is no valid migration endpoint for the source tenant: its name is misspelt, or it was never made.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Compare exchangeSettings.sourceEndpoint with Get-MigrationEndpoint on the target tenant; correct the name in a new request, or create the endpoint and retry.',
  },
  'EXCH-08': {
    meaning:
      'The mailbox setup test failed: hold, migration scope, quota, differing mailbox GUIDs, a stale move flag, OAuth, licence, or a soft-deleted object.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Run Test-MigrationServerAvailability for the mailbox on the target. Source: lift holds, add it to the scope, check its size, clear MailboxMoveRemoteHostName. Target: compare ExchangeGuid and ArchiveGuid, assign the migration licence, purge soft-deleted users. Then retry.',
  },
  'EXCH-15': {
    meaning:
      'Exchange gave up on the mailbox after all its retries, probably for a fault of the service.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Retry, which takes a new batch; if it fails again, open a case with Microsoft support.',
  },
} as const satisfies CatalogueFamily;
