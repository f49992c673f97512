import type { CatalogueFamily } from './catalogueEntry.ts';

/** Errors of mailboxes (Microsoft: resolve errors during orchestrated migration). */
export const exchangeErrors = {
  'EXCH-07': {
    meaning:
      'The migration endpoint for the source tenant does not exist, or its name is misspelt.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Compare exchangeSettings.sourceEndpoint with Get-MigrationEndpoint on the target tenant. Send a new request with the right name, or create the endpoint and retry.',
  },
  'EXCH-08': {
    meaning:
      'The mailbox setup test failed. Possible causes: a hold, the migration scope, the quota, different mailbox GUIDs, an old move request, OAuth, the licence, or a soft-deleted object.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Run Test-MigrationServerAvailability for the mailbox on the target. In the source tenant, remove holds, add the mailbox to the scope, check its size, and clear MailboxMoveRemoteHostName. In the target tenant, compare ExchangeGuid and ArchiveGuid, assign the migration licence, and purge soft-deleted users. Then retry.',
  },
  'EXCH-15': {
    meaning:
      'Exchange stopped after all retries for the mailbox, probably because of a service problem.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Retry, which uses a new job. If it fails again, open a case with Microsoft support.',
  },
} as const satisfies CatalogueFamily;

const meetingSetup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const licence = { whoCanFix: 'licensing', retry: 'afterFix', scope: 'user' } as const;
const underWay = { whoCanFix: 'nobody', retry: 'never', scope: 'user' } as const;

const appMissing = {
  ...meetingSetup,
  whoCanFix: 'sourceAdmin',
  meaning: 'The meeting migration app is missing or disabled in a tenant.',
  step: 'Provision and enable the app with Grant-MMSAppPermissions in the tenant that the message names (usually the source), and retry.',
} as const;
const forwardingOff = {
  ...meetingSetup,
  meaning: 'Automatic forwarding is off in the default outbound spam policy of a tenant.',
  step: 'Set AutoForwardingMode to On in the default outbound spam policy of the tenant that the message names, and retry.',
} as const;
const appRoles = {
  ...meetingSetup,
  meaning: 'The meeting migration app does not have all its role assignments.',
  step: 'Run Grant-MMSAppPermissions again in the tenant that the message names, and retry.',
} as const;
const adminRole = {
  ...meetingSetup,
  meaning: 'The meeting migration app does not have the role Exchange Administrator.',
  step: 'Assign the directory role Exchange Administrator to the app in the tenant that the message names, and retry.',
} as const;

/** Errors of Teams meetings (Microsoft: resolve errors during orchestrated migration). */
export const meetingErrors = {
  'MMS-001': appMissing,
  'MMS-002': appMissing,
  'MMS-003': {
    ...meetingSetup,
    meaning: 'The meeting migration app does not have permission to open calendars.',
    step: 'Run Set-CalendarRBACRoles on the target tenant, and retry.',
  },
  'MMS-004': {
    ...underWay,
    meaning: 'The meetings of the user are already being moved.',
    step: 'No action is needed. Wait until the running migration ends.',
  },
  'MMS-005': forwardingOff,
  'MMS-006': forwardingOff,
  'MMS-007': {
    ...licence,
    meaning: 'The user has no active Exchange Online plan in one of the tenants.',
    step: 'Assign an Exchange Online plan to the user in the tenant that the message names, and retry.',
  },
  'MMS-008': appRoles,
  'MMS-009': appRoles,
  'MMS-010': {
    ...underWay,
    meaning:
      'The meetings of the user are being moved after the cutover of the mailbox and can no longer be cancelled.',
    step: 'No action is needed. The migration ends by itself.',
  },
  'MMS-011': {
    meaning:
      'The user has no target mailbox because the migration of the mailbox has not finished.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Fix the Exchange error of the user, and retry.',
  },
  'MMS-012': adminRole,
  'MMS-013': adminRole,
  'TMS-003': {
    ...licence,
    meaning: 'The user has no Teams licence in one of the tenants.',
    step: 'Assign a Teams licence to the user in the tenant that the message names, and retry.',
  },
} as const satisfies CatalogueFamily;

const teamsSetup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const mapping = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'user' } as const;
const grant =
  'Run Grant-CTTMAppPermissions again in the tenant that the message names, or in both tenants if it names none, and retry.';

/** Errors of Teams chats (Microsoft: resolve errors during orchestrated migration). */
export const teamsErrors = {
  'CTTM-001': {
    meaning: 'The migration of the chats failed. The message has a correlation id.',
    whoCanFix: 'microsoft',
    retry: 'sameJob',
    scope: 'user',
    step: 'Retry. If it fails again, open a case with Microsoft support and give the correlation id.',
  },
  'CTTM-002': {
    ...teamsSetup,
    whoCanFix: 'sourceAdmin',
    meaning: 'The Teams chat migration app is missing or disabled in a tenant.',
    step: 'Provision and enable the app with Grant-CTTMAppPermissions in the tenant that the message names (usually the source), and retry.',
  },
  'CTTM-003': {
    ...mapping,
    meaning: 'The user is not mapped to a user of the target tenant.',
    step: 'Run cross-tenant identity mapping for the user on the target, and retry.',
  },
  'CTTM-004': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app does not have permission to read Teams licences.',
    step: grant,
  },
  'CTTM-005': {
    meaning: 'The user has no Teams licence in one of the tenants.',
    whoCanFix: 'licensing',
    retry: 'afterFix',
    scope: 'user',
    step: 'Assign a Teams licence to the user in the tenant that the message names, and retry.',
  },
  'CTTM-006': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app has none of its role assignments.',
    step: grant,
  },
  'CTTM-007': {
    ...teamsSetup,
    meaning:
      'The Teams chat migration app does not have permission to read its own role assignments.',
    step: grant,
  },
  'CTTM-008': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app does not have permission to read its service principal.',
    step: grant,
  },
  'CTTM-009': {
    ...mapping,
    meaning: 'The migration and the identity mapping name different target users.',
    step: 'Correct the identity mapping of the user on the target, run it again, and retry.',
  },
  'CTTM-010': {
    ...teamsSetup,
    meaning:
      'The Teams chat migration app does not have the role assignment that the message names.',
    step: grant,
  },
  'CTTM-011': {
    ...teamsSetup,
    meaning:
      'The Teams chat migration app does not have permission to check whether the user may move.',
    step: grant,
  },
  'CTTM-012': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app does not have permission to read which users may move.',
    step: grant,
  },
  'CTTM-013': {
    meaning: 'The source user is not allowed to move to this target user.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Add the user to the security group in the source tenant, run identity mapping for the user on the target, wait up to an hour, and retry.',
  },
  'CTTM-014': {
    ...teamsSetup,
    meaning: 'The tenant that the request names does not exist.',
    step: 'Correct sourceTenantId and send a new request.',
  },
  'CTTM-015': {
    meaning: 'The user does not exist in the tenant that the message names.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Send a new request with the right user id, or create the user and its identity mapping and retry.',
  },
  'CTTM-016': {
    ...teamsSetup,
    meaning: 'A tenant failed one of the prevalidation checks for Teams chats.',
    step: "Make the prevalidation checks on Microsoft's planning page for both tenants (apps, roles, federation, identity mapping), and retry.",
  },
  'CTTM-017': {
    meaning:
      'The chats were moved without some messages, because some kinds of content are not supported. The message has their number.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Usually no action is needed. Retry if too many messages are missing.',
  },
  'CTTM-018': {
    meaning: 'The user has no SIP address in the tenant that the message names.',
    whoCanFix: 'licensing',
    retry: 'afterFix',
    scope: 'user',
    step: 'Assign a Teams licence, which includes a SIP address, to the user, and retry.',
  },
  'CTTM-019': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app does not have permission to read SIP addresses.',
    step: grant,
  },
} as const satisfies CatalogueFamily;
