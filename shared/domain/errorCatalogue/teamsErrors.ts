import type { CatalogueFamily } from './catalogueEntry.ts';

const setup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
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
    ...setup,
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
    ...setup,
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
    ...setup,
    meaning: 'The Teams chat migration app has none of its role assignments.',
    step: grant,
  },
  'CTTM-007': {
    ...setup,
    meaning: 'The Teams chat migration app may not check its own role assignments.',
    step: grant,
  },
  'CTTM-008': {
    ...setup,
    meaning: 'The Teams chat migration app may not check whether its service principal exists.',
    step: grant,
  },
  'CTTM-009': {
    ...mapping,
    meaning: 'The migration and the identity mapping name different target users.',
    step: 'Correct the identity mapping of the user on the target and run it again, then retry.',
  },
  'CTTM-010': {
    ...setup,
    meaning: 'The Teams chat migration app lacks one role assignment, which the message names.',
    step: grant,
  },
  'CTTM-011': {
    ...setup,
    meaning: 'The Teams chat migration app may not check whether the user is allowed to move.',
    step: grant,
  },
  'CTTM-012': {
    ...setup,
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
    ...setup,
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
    ...setup,
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
    ...setup,
    meaning: 'The Teams chat migration app may not look up SIP addresses.',
    step: grant,
  },
} as const satisfies CatalogueFamily;
