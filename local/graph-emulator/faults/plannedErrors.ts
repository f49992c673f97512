import { GraphError, type GraphResponse } from '../graphResponse.ts';
import type { OperationName } from '../operationNames.ts';
import { taskErrors } from '../sharePoint/taskErrors.ts';
import { errorBody, type PlannedFault, refusedCodes } from './faultPlan.ts';
import type { GraphCall } from './graphCall.ts';

/** Returns the HTML page of a gateway. */
function htmlPage(status: number, title: string): GraphResponse {
  return {
    status,
    text: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
    headers: { 'content-type': 'text/html; charset=us-ascii' },
  };
}

/** Returns a throttling error (Graph: throttling), with a `Retry-After` when one is given. */
export function throttled(retryAfter?: string): GraphError {
  return new GraphError(
    429,
    'TooManyRequests',
    'Too many requests.',
    [],
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );
}

/** Returns an outage error (Graph: 503 and 504 can have a Retry-After). */
export function unavailable(
  status: 503 | 504,
  headers: Readonly<Record<string, string>> = {},
): GraphError {
  const message = status === 503 ? 'The service is not available.' : 'The gateway timed out.';
  return new GraphError(
    status,
    status === 503 ? 'serviceNotAvailable' : 'UnknownError',
    message,
    [],
    headers,
  );
}

/** Returns the error response of a fault; undefined for a kind of fault that is not an error. */
export function plannedError(
  fault: PlannedFault,
  call: GraphCall,
): GraphError | GraphResponse | undefined {
  const { operation } = call;
  switch (fault.kind) {
    case 'refused':
      return refused(fault, call);
    case 'error500':
      return new GraphError(500, 'generalException', 'General exception while processing.');
    case 'error502':
      return htmlPage(502, '502 Bad Gateway');
    case 'error503':
      return unavailable(503);
    case 'error504':
      return unavailable(504);
    case 'htmlBody':
      return htmlPage(200, 'Sign in to continue');
    case 'unauthorized':
      return new GraphError(
        401,
        'InvalidAuthenticationToken',
        'Lifetime validation failed, the token is expired.',
        [],
        { 'www-authenticate': 'Bearer realm="", authorization_uri="/common/oauth2/authorize"' },
      );
    case 'forbidden':
      return new GraphError(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    case 'notFoundYet':
      return new GraphError(404, 'ResourceNotFound', 'The requested resource was not found.');
    case 'conflictStatus':
      return operation === 'cancelSharePointTask'
        ? taskErrors.tooLateToCancel('in the request')
        : conflict(conflictMessages[operation] ?? 'The current status does not allow this.');
    case 'conflictExpired':
      return conflict('The validation is older than seven days.');
    case 'conflictNotFinal':
      return detailed(
        409,
        'Conflict',
        'resourceTypeMismatch',
        'status',
        'The job must be in Completed, Failed or Cancelled state.',
      );
    case 'conflictUserCancel':
      return conflict('Cancel is not possible. Current status is finalizing.');
    case 'duplicateName':
      return detailed(
        422,
        'BadArgument',
        'duplicateDisplayNameJob',
        'displayName',
        'The display name is already used by another job.',
      );
    case 'dateInPast':
      return detailed(
        422,
        'BadArgument',
        'minThresholdFailed',
        'completeAfterDateTime',
        'The value must be later than now.',
      );
    case 'trustMissing':
      return taskErrors.noTrust();
    case 'oneDriveMissing':
      return taskErrors.noOneDrive();
    case 'mappingMissing':
      return taskErrors.noIdentityMapEntry();
    case 'sameFarm':
      return taskErrors.sameFarm();
    default:
      return undefined;
  }
}

/** Returns an error with the status and in the form that the plan names. A redirect points to another host. */
function refused(
  { status, form }: Extract<PlannedFault, { kind: 'refused' }>,
  { url }: GraphCall,
): GraphError | GraphResponse {
  const headers =
    status < 400
      ? { location: `https://graph.example${url.pathname}` }
      : status === 401
        ? { 'www-authenticate': 'Bearer realm=""' }
        : {};
  const error = new GraphError(
    status,
    refusedCodes[status],
    'The request was refused.',
    [],
    headers,
  );
  const body = errorBody(form, error);
  return body === undefined ? error : { status, body, headers };
}

const conflictMessages: Readonly<Partial<Record<OperationName, string>>> = {
  validateJob: "Validation can't be started because the current status is validateProcessing.",
  migrateJob: "Migration can't be started because the current status is processing.",
  cancelJob: 'Cancel is not possible. Current status is pendingCancel.',
  updateJob: "The job can't be updated because the current status is cuttingOver.",
};

function conflict(message: string): GraphError {
  return new GraphError(409, 'Conflict', message);
}

function detailed(
  status: number,
  code: string,
  detail: string,
  target: string,
  message: string,
): GraphError {
  return new GraphError(status, code, message, [{ code: detail, target, message }]);
}
