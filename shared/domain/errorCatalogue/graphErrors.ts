import type { CatalogueFamily } from './catalogueEntry.ts';

const input = { whoCanFix: 'nobody', retry: 'newJob', scope: 'user' } as const;
const consent = {
  meaning:
    'The app, or the role behind it, is not permitted to do this in the tenant that was called.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: "Give admin consent to the app's permissions (jobs: in the target tenant; SharePoint tasks: in the source tenant), check conditional access, then retry.",
} as const;
const signIn = {
  meaning: "The tenant that was called does not accept the app's token.",
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: "Check the app's identity, its credential and conditional access in that tenant, then retry.",
} as const;
const busy = {
  meaning: 'Microsoft Graph was busy or out of service.',
  whoCanFix: 'microsoft',
  retry: 'sameJob',
  scope: 'tenant',
  step: "Retry later; Microsoft's service health page says whether there is an outage.",
} as const;
const notThere = {
  ...input,
  retry: 'afterFix',
  meaning: 'Graph does not know what was asked for.',
  step: 'Check the id or address and that the job or task still exists; then send a new request.',
} as const;
const badRequest = {
  ...input,
  meaning: 'Microsoft Graph refused a value of the request; the message names it.',
  step: 'Correct the value and send a new request.',
} as const;

/** Refusals of Microsoft Graph itself (Graph: error responses; the job operations). */
export const graphErrors = {
  Conflict: {
    ...input,
    retry: 'sameJob',
    meaning: 'What was asked does not fit the present status of the job.',
    step: 'Look at the status of the job in the target tenant, then retry.',
  },
  resourceTypeMismatch: {
    ...input,
    retry: 'never',
    meaning: 'The job cannot be deleted, because it has not ended.',
    step: 'Cancel the job or let it end; then delete it.',
  },
  BadArgument: badRequest,
  invalidRequest: badRequest,
  Request_BadRequest: badRequest,
  BadRequest: badRequest,
  duplicateDisplayNameJob: {
    ...input,
    meaning: 'Another job has this name already.',
    step: 'Send a request under a new name.',
  },
  nameAlreadyExists: {
    ...input,
    meaning: 'Something of this name exists already.',
    step: 'Send a request under a new name.',
  },
  minThresholdFailed: {
    ...input,
    meaning: 'The date in completeAfterDateTime has passed already.',
    step: 'Send a request with a date that lies ahead.',
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
    step: 'Read the message, mend what it names, then retry.',
  },
  notSupported: {
    ...input,
    retry: 'never',
    meaning: 'Graph does not support this.',
    step: 'Read the message; leave out what it names.',
  },
  quotaLimitReached: {
    meaning:
      'A limit of the tenant has been reached; 4,000 moves of OneDrive and SharePoint may be queued.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'tenant',
    step: 'Let moves that are under way end, then retry.',
  },
  activityLimitReached: busy,
  TooManyRequests: busy,
  serviceNotAvailable: busy,
  generalException: busy,
} as const satisfies CatalogueFamily;
