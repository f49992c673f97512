import type { CatalogueFamily } from './catalogueEntry.ts';

const setup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const licence = { whoCanFix: 'licensing', retry: 'afterFix', scope: 'user' } as const;
const underWay = { whoCanFix: 'nobody', retry: 'never', scope: 'user' } as const;

const appMissing = {
  ...setup,
  whoCanFix: 'sourceAdmin',
  meaning: 'The meeting migration app is missing or disabled in a tenant.',
  step: 'Provision and enable the app with Grant-MMSAppPermissions in the tenant that the message names (usually the source), then retry.',
} as const;
const forwardingOff = {
  ...setup,
  meaning: 'Automatic forwarding is not on in the default outbound spam policy of a tenant.',
  step: 'Set AutoForwardingMode to On in the default outbound spam policy of the tenant that the message names, then retry.',
} as const;
const appRoles = {
  ...setup,
  meaning: 'The meeting migration app lacks role assignments.',
  step: 'Run Grant-MMSAppPermissions again in the tenant that the message names, then retry.',
} as const;
const adminRole = {
  ...setup,
  meaning: 'The meeting migration app does not hold the role of Exchange Administrator.',
  step: 'Assign the directory role Exchange Administrator to the app in the tenant that the message names, then retry.',
} as const;

/** Teams meetings (Microsoft: resolve errors during orchestrated migration). */
export const meetingErrors = {
  'MMS-001': appMissing,
  'MMS-002': appMissing,
  'MMS-003': {
    ...setup,
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
