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
