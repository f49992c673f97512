import { z } from 'zod';

/** The codes of all problems. A published code never changes its meaning. */
export const problemCodeSchema = z.enum([
  'invalidRequest',
  'invalidQuery',
  'notJson',
  'notUtf8',
  'bodyMissing',
  'lengthRequired',
  'requestTooLarge',
  'signInNeeded',
  'roleMissing',
  'tenantNotAllowed',
  'requesterCannotApprove',
  'approverNotAuthenticated',
  'migrationNotFound',
  'taskNotFound',
  'conflict',
  'tooLate',
  'approvalNotRequired',
  'approvalNotRequested',
  'approvalNotNamed',
  'approvalChanged',
  'alreadyDecided',
  'nothingHeld',
  'nothingToRetry',
  'taskExists',
  'userUnderWay',
  'userMoved',
  'userTaskWritesOff',
  'notForSharePoint',
  'notEnded',
  'nothingToDelete',
  'nameNotConfirmed',
  'rejectionNotFound',
  'rejectedAgain',
  'internalError',
  'storageUnavailable',
  'misconfigured',
]);
export type ProblemCode = z.infer<typeof problemCodeSchema>;

const badRequest = { status: 400, title: 'Bad Request' } as const;
const unauthorized = { status: 401, title: 'Unauthorized' } as const;
const forbidden = { status: 403, title: 'Forbidden' } as const;
const notFound = { status: 404, title: 'Not Found' } as const;
const conflict = { status: 409, title: 'Conflict' } as const;
const lengthRequired = { status: 411, title: 'Length Required' } as const;
const internalServerError = { status: 500, title: 'Internal Server Error' } as const;
const serviceUnavailable = { status: 503, title: 'Service Unavailable' } as const;

/** The HTTP status, the title and the meaning of each problem code. */
export const problemCodes: Readonly<
  Record<ProblemCode, { readonly status: number; readonly title: string; readonly meaning: string }>
> = {
  invalidRequest: {
    ...badRequest,
    meaning: 'the body or a header has invalid fields; `errors` lists each of them',
  },
  invalidQuery: {
    ...badRequest,
    meaning: 'the query has invalid parameters; `errors` lists each of them',
  },
  notJson: { ...badRequest, meaning: 'the body is not JSON' },
  notUtf8: {
    ...badRequest,
    meaning: 'the body is not UTF-8 text; `detail` says what it appears to be',
  },
  bodyMissing: { ...badRequest, meaning: 'the request has no body' },
  lengthRequired: {
    ...lengthRequired,
    meaning:
      'the body is chunked and has no length, so the platform does not deliver it; send it with Content-Length',
  },
  requestTooLarge: {
    ...badRequest,
    meaning: 'the body is larger than the app accepts; split the request',
  },
  signInNeeded: { ...unauthorized, meaning: 'the caller is not signed in (Entra only)' },
  roleMissing: {
    ...forbidden,
    meaning: 'the caller does not have the app role that the route requires (Entra only)',
  },
  tenantNotAllowed: {
    ...forbidden,
    meaning: 'the tenant of the caller is not in ALLOWED_TENANTS (Entra only)',
  },
  requesterCannotApprove: {
    ...forbidden,
    meaning: 'a person who requested the migration or added users to it cannot approve it',
  },
  approverNotAuthenticated: {
    ...forbidden,
    meaning:
      'the requester signed in, or is only named in a queue message, so the approver must be signed in',
  },
  migrationNotFound: { ...notFound, meaning: 'no migration has this id' },
  taskNotFound: { ...notFound, meaning: 'no task of the migration has this id' },
  notEnded: { ...conflict, meaning: 'the migration has not ended' },
  nothingToDelete: { ...conflict, meaning: 'the migration has no jobs' },
  nameNotConfirmed: {
    ...badRequest,
    meaning:
      '`confirmName` is not the name of the migration; repeat the name to confirm what cannot be undone',
  },
  rejectionNotFound: { ...notFound, meaning: 'no rejection has this id' },
  rejectedAgain: {
    ...conflict,
    meaning: 'the message was rejected again; `errors` lists what is wrong with it',
  },
  conflict: { ...conflict, meaning: 'another request has already used the key or the name' },
  tooLate: { ...conflict, meaning: 'the command can no longer take effect' },
  approvalNotRequired: { ...conflict, meaning: 'the migration does not require approval' },
  approvalNotRequested: {
    ...conflict,
    meaning: 'approval has not been requested yet, because no batch has reached its cutover',
  },
  approvalNotNamed: {
    ...conflict,
    meaning:
      'the users have changed, or approval was requested more than once; name the approval request in `approvalId`',
  },
  approvalChanged: {
    ...conflict,
    meaning: '`approvalId` does not name the current approval request; read the migration again',
  },
  alreadyDecided: {
    ...conflict,
    meaning:
      'the cutover was rejected, or nobody approved it in time; send the users in a new request',
  },
  nothingHeld: { ...conflict, meaning: 'no batch is held with users who failed validation' },
  nothingToRetry: {
    ...conflict,
    meaning:
      'no batch that has ended has tasks that failed, were invalid or have the outcome `unknown`, and no running batch has tasks with the outcome `unknown`',
  },
  userUnderWay: {
    ...conflict,
    meaning:
      'users, or sources of SharePoint tasks, are in another migration, which `detail` names; `errors` lists each of them. Set `"onConflict": "leaveOut"` to have the request accepted without them',
  },
  userMoved: {
    ...conflict,
    meaning:
      'another migration, which `detail` names, has already moved users or sources of SharePoint tasks; `errors` lists each of them. Set `"onConflict": "leaveOut"` to have the request accepted without them, or `"moveAgain": true` to move them again',
  },
  taskExists: { ...conflict, meaning: 'the migration already has this task' },
  notForSharePoint: {
    ...conflict,
    meaning: 'the command is not supported for SharePoint migrations',
  },
  internalError: {
    ...internalServerError,
    meaning: 'the app failed unexpectedly; search the log for the operation id in `detail`',
  },
  storageUnavailable: {
    ...serviceUnavailable,
    meaning:
      'storage is unavailable; send the request again after `Retry-After`, nothing is done twice',
  },
  misconfigured: {
    ...serviceUnavailable,
    meaning:
      'settings of the app are invalid, so it does no work; `detail` names them, and `errors` says what is wrong with each',
  },
  userTaskWritesOff: {
    ...conflict,
    meaning: 'writes to user tasks are switched off; set USER_TASK_WRITES to `true`',
  },
};

/**
 * One invalid field. `path` uses the caller's spelling, such as `users[3].targetUserId`; it is
 * empty for the whole body.
 */
export const problemFieldSchema = z.strictObject({ path: z.string(), message: z.string() });
export type ProblemField = z.infer<typeof problemFieldSchema>;

/**
 * An RFC 9457 problem with a stable `code`. `errors` lists every invalid field of a rejected input.
 */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: problemCodeSchema,
  detail: z.string(),
  errors: z.array(problemFieldSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
