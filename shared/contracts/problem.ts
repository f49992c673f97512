import { z } from 'zod';

/** The codes of all problems; a new one is added here, an old one never changes its meaning. */
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

/** The status that each code comes with, and what it says to the caller. */
export const problemCodes: Readonly<
  Record<
    ProblemCode,
    { readonly status: 400 | 401 | 403 | 404 | 409 | 411 | 500 | 503; readonly meaning: string }
  >
> = {
  invalidRequest: {
    status: 400,
    meaning: 'the body or a header has bad fields; `errors` names every one of them',
  },
  invalidQuery: {
    status: 400,
    meaning: 'the query has bad members; `errors` names every one of them',
  },
  notJson: { status: 400, meaning: 'the body is not JSON' },
  notUtf8: {
    status: 400,
    meaning: 'the bytes of the body are no text in UTF-8; `detail` says what they look like',
  },
  bodyMissing: { status: 400, meaning: 'there is no body' },
  lengthRequired: {
    status: 411,
    meaning:
      'the body comes in chunks without a length, and the platform does not hand it over: send it with Content-Length',
  },
  requestTooLarge: {
    status: 400,
    meaning: 'the body is larger than the app takes; split the request',
  },
  signInNeeded: { status: 401, meaning: 'with Entra: the caller is not signed in' },
  roleMissing: {
    status: 403,
    meaning: 'with Entra: the caller has not the app role that the route needs',
  },
  tenantNotAllowed: {
    status: 403,
    meaning: 'with Entra: the caller is of a tenant that is not in ALLOWED_TENANTS',
  },
  requesterCannotApprove: {
    status: 403,
    meaning: 'whoever asked for the migration, or has added users to it, cannot approve it',
  },
  approverNotAuthenticated: {
    status: 403,
    meaning:
      'the requester was signed in, or is only claimed by a queue message: somebody who is signed in must approve',
  },
  migrationNotFound: { status: 404, meaning: 'there is no migration of this id' },
  taskNotFound: { status: 404, meaning: 'the migration has no task of this id' },
  notEnded: { status: 409, meaning: 'the migration has not ended' },
  nothingToDelete: { status: 409, meaning: 'the migration has no jobs' },
  nameNotConfirmed: {
    status: 400,
    meaning:
      'what cannot be undone is confirmed by the name of the migration, which is another one',
  },
  rejectionNotFound: { status: 404, meaning: 'there is no rejection of this id' },
  rejectedAgain: {
    status: 409,
    meaning: 'the message is refused once more; `errors` names what is wrong with it',
  },
  conflict: { status: 409, meaning: 'the key or the name stands for another request already' },
  tooLate: { status: 409, meaning: 'it cannot take effect any more' },
  approvalNotRequired: { status: 409, meaning: 'the request asks for no approval' },
  approvalNotRequested: {
    status: 409,
    meaning: 'approval has not been requested yet: no batch stands before its cutover',
  },
  approvalNotNamed: {
    status: 409,
    meaning:
      'the users have changed, or approval was requested before: the body must name the request for approval (`approvalId`)',
  },
  approvalChanged: {
    status: 409,
    meaning: 'the body names a request for approval that is not there',
  },
  alreadyDecided: {
    status: 409,
    meaning:
      'the cutover was rejected, or nobody approved it in time: send the users in a request of their own',
  },
  nothingHeld: { status: 409, meaning: 'no batch waits with users who failed validation' },
  nothingToRetry: {
    status: 409,
    meaning:
      'no batch has ended with tasks that failed, were invalid or have the outcome unknown, and no batch that runs has tasks with the outcome unknown',
  },
  userUnderWay: {
    status: 409,
    meaning:
      'users, or sources of SharePoint tasks, are in another migration, which `detail` names; `errors` names each of them. With `"onConflict": "leaveOut"` the request is accepted without them',
  },
  userMoved: {
    status: 409,
    meaning:
      'users, or sources of SharePoint tasks, were moved by another migration, which `detail` names; `errors` names each of them. With `"onConflict": "leaveOut"` the request is accepted without them, with `"moveAgain": true` they are moved again',
  },
  taskExists: { status: 409, meaning: 'the migration has such a task already' },
  notForSharePoint: {
    status: 409,
    meaning: 'it has no meaning for the tasks of a SharePoint migration',
  },
  internalError: {
    status: 500,
    meaning:
      'the app has failed unexpectedly; `detail` has the operation id under which the log has the reason',
  },
  storageUnavailable: {
    status: 503,
    meaning:
      'storage is out of reach; send the request again after `Retry-After`: nothing is done twice',
  },
  misconfigured: {
    status: 503,
    meaning:
      'settings of the app are wrong, and it does no work; `detail` names them, and `errors` says what is wrong with each',
  },
  userTaskWritesOff: {
    status: 409,
    meaning: 'the app is not set up to write to user tasks (USER_TASK_WRITES)',
  },
};

/** One bad field: `path` as the caller wrote it, such as `users[3].targetUserId`; empty for the whole body. */
export const problemFieldSchema = z.strictObject({ path: z.string(), message: z.string() });
export type ProblemField = z.infer<typeof problemFieldSchema>;

/** An RFC 9457 problem with a stable `code`; `errors` names every bad field of a refused input. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: problemCodeSchema,
  detail: z.string(),
  errors: z.array(problemFieldSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
