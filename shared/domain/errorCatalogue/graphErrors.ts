import type { CatalogueFamily } from './catalogueEntry.ts';

const input = { whoCanFix: 'nobody', retry: 'newJob', scope: 'user' } as const;
const consent = {
  meaning:
    'The app does not have the permission or role for this call in the tenant that was called.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: "Give admin consent to the app's permissions (for jobs in the target tenant, for SharePoint tasks in the source tenant), check conditional access, and retry.",
} as const;
const signIn = {
  meaning: "The tenant that was called does not accept the app's token.",
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: "Check the app's identity, its credential and conditional access in that tenant, and retry.",
} as const;
const busy = {
  meaning: 'Microsoft Graph was busy or unavailable.',
  whoCanFix: 'microsoft',
  retry: 'sameJob',
  scope: 'tenant',
  step: "Retry later. Check Microsoft's service health page for an outage.",
} as const;
const notThere = {
  ...input,
  retry: 'afterFix',
  meaning: 'Graph did not find the object.',
  step: 'Check the id or address and whether the job or task still exists, and send a new request.',
} as const;
const badRequest = {
  ...input,
  meaning: 'Microsoft Graph rejected a value of the request; the message names it.',
  step: 'Correct the value and send a new request.',
} as const;

/** Errors of Microsoft Graph itself (Graph: error responses; the job operations). */
export const graphErrors = {
  Conflict: {
    ...input,
    retry: 'sameJob',
    meaning: 'The job does not accept this action in its current status.',
    step: 'Check the status of the job in the target tenant, and retry.',
  },
  resourceTypeMismatch: {
    ...input,
    retry: 'never',
    meaning: 'The job cannot be deleted because it has not ended.',
    step: 'Cancel the job or wait until it ends, and delete it again.',
  },
  BadArgument: badRequest,
  invalidRequest: badRequest,
  Request_BadRequest: badRequest,
  BadRequest: badRequest,
  duplicateDisplayNameJob: {
    ...input,
    meaning: 'Another job already has this name.',
    step: 'Send a request with a new name.',
  },
  nameAlreadyExists: {
    ...input,
    meaning: 'An object with this name already exists.',
    step: 'Send a request with a new name.',
  },
  minThresholdFailed: {
    ...input,
    meaning: 'The date in completeAfterDateTime has passed.',
    step: 'Send a request with a date in the future.',
  },
  accessDenied: consent,
  Authorization_RequestDenied: consent,
  insufficient_claims: signIn,
  unauthenticated: signIn,
  InvalidAuthenticationToken: signIn,
  itemNotFound: notThere,
  ResourceNotFound: notThere,
  Request_ResourceNotFound: notThere,
  notAllowed: {
    ...input,
    retry: 'afterFix',
    meaning: 'Graph does not allow this at the moment.',
    step: 'Read the message, fix what it names, and retry.',
  },
  notSupported: {
    ...input,
    retry: 'never',
    meaning: 'Graph does not support this.',
    step: 'Read the message and omit what it names.',
  },
  quotaLimitReached: {
    meaning:
      'A limit of the tenant is reached: at most 4,000 moves of OneDrives and sites may be queued.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'tenant',
    step: 'Wait until running moves end, and retry.',
  },
  activityLimitReached: busy,
  TooManyRequests: busy,
  serviceNotAvailable: busy,
  generalException: busy,
} as const satisfies CatalogueFamily;

const mapping = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'user' } as const;

/**
 * Errors of the migration engine for any workload (Microsoft: resolve errors during orchestrated
 * migration).
 */
export const engineErrors = {
  'IM-003': {
    ...mapping,
    meaning: 'The source user is not mapped to a user of the target tenant.',
    step: 'Add the user to cross-tenant identity mapping on the target, run it, and retry.',
  },
  'MIGR-001': {
    meaning: 'The organization relationship does not authorise migration between the two tenants.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Correct the organization relationship in the source tenant and its counterpart in the target tenant. For meetings, also grant the permissions of the meeting migration app. Then retry.',
  },
  'MIGR-002': {
    meaning: 'The user is not in the security group for migration.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Add the user to the security group in the source tenant, wait up to an hour for the change to take effect, and retry.',
  },
  'MIGR-003': {
    meaning: 'The engine failed for this user and gave no reason.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Retry. If it fails again, open a case with Microsoft support.',
  },
  'MIGR-004': {
    meaning:
      'The organization relationship is wrong in one or both tenants, or the user is not in the security group for migration.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'If most users have this error, correct the organization relationships. If few have it, add them to the security group in the source tenant. Wait up to an hour, and retry.',
  },
  'CTM-001': {
    meaning: 'The user is in this batch more than once.',
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'user',
    step: 'No action is needed: the user is already in the batch.',
  },
  'CTM-002': {
    meaning: 'The user is in another batch that is still active.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Wait until the other batch ends, or cancel the user there. Retry only if that batch did not move the user.',
  },
  'CTM-100': {
    ...mapping,
    meaning: 'The user has no identity mapping.',
    step: 'Run cross-tenant identity mapping for the user on the target, and retry.',
  },
  'CTM-101': {
    ...mapping,
    meaning: 'The identity mapping of the user is not complete.',
    step: 'Wait for identity mapping to finish on the target, or run the missing steps, and retry.',
  },
  'CTM-102': {
    meaning: 'The service had too many requests to validate the user.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Retry some hours later. The retry uses a new job.',
  },
  'CTM-103': {
    meaning: 'The service had an internal error while it validated the user.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Retry, which uses a new job. If it fails again, open a case with Microsoft support.',
  },
  'CTM-104': {
    meaning: 'The app of the cross-tenant migration service is missing or disabled.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Provision and enable the app in the target tenant with Grant-CTMSAppPermissions, and retry.',
  },
} as const satisfies CatalogueFamily;
