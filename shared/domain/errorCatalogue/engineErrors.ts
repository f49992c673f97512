import type { CatalogueFamily } from './catalogueEntry.ts';

const mapping = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'user' } as const;

/** What the migration engine says of any workload (Microsoft: resolve errors during orchestrated migration). */
export const engineErrors = {
  'IM-003': {
    ...mapping,
    meaning: 'The source user is not mapped to a user of the target tenant.',
    step: 'Add the user to cross-tenant identity mapping on the target, run it, then retry.',
  },
  'MIGR-001': {
    meaning: 'The organization relationship does not authorise migration between the two tenants.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Correct the organization relationship in the source tenant (and its counterpart in the target); for meetings, also grant the meeting migration app. Then retry.',
  },
  'MIGR-002': {
    meaning: 'The user is not in the security group whose members may move.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Add the user to the security group in the source tenant, wait up to an hour until it is seen, then retry.',
  },
  'MIGR-003': {
    meaning: 'The engine failed for this user without saying why.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Retry; if it fails again, open a case with Microsoft support.',
  },
  'MIGR-004': {
    meaning:
      'An organization relationship is wrong on one side or both, or the user is not in the security group that may move.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'When most users have this, correct the organization relationships; when few have it, add them to the security group in the source tenant. Wait up to an hour, then retry.',
  },
  'CTM-001': {
    meaning: 'The user is in this batch more than once.',
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'user',
    step: 'Nothing to do: the user is in the batch already.',
  },
  'CTM-002': {
    meaning: 'The user is in another batch that is still active.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Let the other batch end, or cancel the user there; retry only if it did not move the user.',
  },
  'CTM-100': {
    ...mapping,
    meaning: 'There is no identity mapping for the user.',
    step: 'Run cross-tenant identity mapping for the user on the target, then retry.',
  },
  'CTM-101': {
    ...mapping,
    meaning: 'There is an identity mapping for the user, but it is not completed.',
    step: 'Wait for identity mapping to finish on the target, or run the steps that are missing; then retry.',
  },
  'CTM-102': {
    meaning: 'The service had too many requests to validate the user.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Retry some hours later; it takes a different batch.',
  },
  'CTM-103': {
    meaning: 'The service had an internal error when it validated the user.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Retry, which takes a different batch; if it fails again, open a case with Microsoft support.',
  },
  'CTM-104': {
    meaning: 'The app of the cross-tenant migration service is missing or disabled.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Provision and enable the app in the target tenant with Grant-CTMSAppPermissions, then retry.',
  },
} as const satisfies CatalogueFamily;
