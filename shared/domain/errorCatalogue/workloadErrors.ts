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

const meetingSetup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const licence = { whoCanFix: 'licensing', retry: 'afterFix', scope: 'user' } as const;
const underWay = { whoCanFix: 'nobody', retry: 'never', scope: 'user' } as const;

const appMissing = {
  ...meetingSetup,
  whoCanFix: 'sourceAdmin',
  meaning: 'The meeting migration app is missing or disabled in a tenant.',
  step: 'Provision and enable the app with Grant-MMSAppPermissions in the tenant that the message names (usually the source), then retry.',
} as const;
const forwardingOff = {
  ...meetingSetup,
  meaning: 'Automatic forwarding is not on in the default outbound spam policy of a tenant.',
  step: 'Set AutoForwardingMode to On in the default outbound spam policy of the tenant that the message names, then retry.',
} as const;
const appRoles = {
  ...meetingSetup,
  meaning: 'The meeting migration app lacks role assignments.',
  step: 'Run Grant-MMSAppPermissions again in the tenant that the message names, then retry.',
} as const;
const adminRole = {
  ...meetingSetup,
  meaning: 'The meeting migration app does not hold the role of Exchange Administrator.',
  step: 'Assign the directory role Exchange Administrator to the app in the tenant that the message names, then retry.',
} as const;

/** Teams meetings (Microsoft: resolve errors during orchestrated migration). */
export const meetingErrors = {
  'MMS-001': appMissing,
  'MMS-002': appMissing,
  'MMS-003': {
    ...meetingSetup,
    meaning: 'The meeting migration app may not open calendars.',
    step: 'Run Set-CalendarRBACRoles on the target tenant, then retry.',
  },
  'MMS-004': {
    ...underWay,
    meaning: 'The meetings of the user are being moved already.',
    step: 'Nothing to do: let the move that is under way end.',
  },
  'MMS-005': forwardingOff,
  'MMS-006': forwardingOff,
  'MMS-007': {
    ...licence,
    meaning: 'The user has no active Exchange Online plan in one of the tenants.',
    step: 'Assign an Exchange Online plan to the user in the tenant that the message names, then retry.',
  },
  'MMS-008': appRoles,
  'MMS-009': appRoles,
  'MMS-010': {
    ...underWay,
    meaning:
      'The meetings of the user are being moved, and the cutover of the mailbox has passed: this cannot be cancelled.',
    step: 'Nothing to do: the move will end by itself.',
  },
  'MMS-011': {
    meaning: 'The user has no target mailbox, because the move of the mailbox is not done.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Solve what keeps the mailbox (see the Exchange error of the user), then retry.',
  },
  'MMS-012': adminRole,
  'MMS-013': adminRole,
  'TMS-003': {
    ...licence,
    meaning: 'The user has no Teams licence in one of the tenants.',
    step: 'Assign a Teams licence to the user in the tenant that the message names, then retry.',
  },
} as const satisfies CatalogueFamily;

const teamsSetup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const mapping = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'user' } as const;
const grant =
  'Run Grant-CTTMAppPermissions again in the tenant that the message names (without a name: in both), then retry.';

/** Teams chats (Microsoft: resolve errors during orchestrated migration). */
export const teamsErrors = {
  'CTTM-001': {
    meaning: 'The move of the chats failed; the message has a correlation id.',
    whoCanFix: 'microsoft',
    retry: 'sameJob',
    scope: 'user',
    step: 'Retry; if it fails again, open a case with Microsoft support and give the correlation id.',
  },
  'CTTM-002': {
    ...teamsSetup,
    whoCanFix: 'sourceAdmin',
    meaning: 'The Teams chat migration app is missing or disabled in a tenant.',
    step: 'Provision and enable the app with Grant-CTTMAppPermissions in the tenant that the message names (usually the source), then retry.',
  },
  'CTTM-003': {
    ...mapping,
    meaning: 'The user is not mapped to a user of the target tenant.',
    step: 'Run cross-tenant identity mapping for the user on the target, then retry.',
  },
  'CTTM-004': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app may not look up Teams licences.',
    step: grant,
  },
  'CTTM-005': {
    meaning: 'The user has no Teams licence in one of the tenants.',
    whoCanFix: 'licensing',
    retry: 'afterFix',
    scope: 'user',
    step: 'Assign a Teams licence to the user in the tenant that the message names, then retry.',
  },
  'CTTM-006': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app has none of its role assignments.',
    step: grant,
  },
  'CTTM-007': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app may not check its own role assignments.',
    step: grant,
  },
  'CTTM-008': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app may not check whether its service principal exists.',
    step: grant,
  },
  'CTTM-009': {
    ...mapping,
    meaning: 'The migration and the identity mapping name different target users.',
    step: 'Correct the identity mapping of the user on the target and run it again, then retry.',
  },
  'CTTM-010': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app lacks one role assignment, which the message names.',
    step: grant,
  },
  'CTTM-011': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app may not check whether the user is allowed to move.',
    step: grant,
  },
  'CTTM-012': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app may not read who is allowed to move.',
    step: grant,
  },
  'CTTM-013': {
    meaning: 'The source user is not allowed to move to this target user.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Add the user to the security group in the source tenant and run identity mapping for the user on the target; wait up to an hour, then retry.',
  },
  'CTTM-014': {
    ...teamsSetup,
    meaning: 'The tenant that was named does not exist.',
    step: 'Correct sourceTenantId and send a new request.',
  },
  'CTTM-015': {
    meaning: 'The user does not exist in the tenant that the message names.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Correct the user id in a new request, or create the user and its identity mapping; then retry.',
  },
  'CTTM-016': {
    ...teamsSetup,
    meaning: 'A tenant failed one of the checks that come before any move of chats.',
    step: 'Go through the prevalidation checks of the planning page for both tenants (apps, roles, federation, identity mapping), then retry.',
  },
  'CTTM-017': {
    meaning:
      'The chats were moved, but some messages were not; the message has their number. Some kinds of content are not supported.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Usually nothing to do; retry when the number matters.',
  },
  'CTTM-018': {
    meaning: 'The user has no SIP address in the tenant that the message names.',
    whoCanFix: 'licensing',
    retry: 'afterFix',
    scope: 'user',
    step: 'Give the user a SIP address (it comes with a Teams licence), then retry.',
  },
  'CTTM-019': {
    ...teamsSetup,
    meaning: 'The Teams chat migration app may not look up SIP addresses.',
    step: grant,
  },
} as const satisfies CatalogueFamily;
