import { type GraphAnswer, GraphRefusal } from '../graphAnswer.ts';
import type { OperationName } from '../operationNames.ts';
import { refusals as sharePointRefusals } from '../sharePoint/refusals.ts';
import { formedError, type PlannedFault, refusedCodes } from './faultPlan.ts';
import type { FaultedCall } from './faultedCall.ts';

/** A gateway's page in place of an answer. */
export function htmlPage(status: number, title: string): GraphAnswer {
  return {
    status,
    text: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`,
    headers: { 'content-type': 'text/html; charset=us-ascii' },
  };
}

/** Throttling (Graph: throttling); with `seconds` it says for how long. */
export function throttled(retryAfter?: string): GraphRefusal {
  return new GraphRefusal(
    429,
    'TooManyRequests',
    'Too many requests.',
    [],
    retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  );
}

/** An outage (Graph: 503 and 504 may carry a Retry-After). */
export function unavailable(
  status: 503 | 504,
  headers: Readonly<Record<string, string>> = {},
): GraphRefusal {
  const message = status === 503 ? 'The service is not available.' : 'The gateway timed out.';
  return new GraphRefusal(
    status,
    status === 503 ? 'serviceNotAvailable' : 'UnknownError',
    message,
    [],
    headers,
  );
}

/** The refusal that a kind of fault stands for, in the words of Graph's pages; undefined for a kind that is none. */
export function refusalOf(
  fault: PlannedFault,
  call: FaultedCall,
): GraphRefusal | GraphAnswer | undefined {
  const { operation } = call;
  switch (fault.kind) {
    case 'refused':
      return plannedRefusal(fault, call);
    case 'error500':
      return new GraphRefusal(500, 'generalException', 'General exception while processing.');
    case 'error502':
      return htmlPage(502, '502 Bad Gateway');
    case 'error503':
      return unavailable(503);
    case 'error504':
      return unavailable(504);
    case 'htmlBody':
      return htmlPage(200, 'Sign in to continue');
    case 'unauthorized':
      return new GraphRefusal(
        401,
        'InvalidAuthenticationToken',
        'Lifetime validation failed, the token is expired.',
        [],
        { 'www-authenticate': 'Bearer realm="", authorization_uri="/common/oauth2/authorize"' },
      );
    case 'forbidden':
      return new GraphRefusal(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      );
    case 'notFoundYet':
      return new GraphRefusal(404, 'ResourceNotFound', 'The requested resource was not found.');
    case 'conflictStatus':
      return operation === 'cancelSharePointTask'
        ? sharePointRefusals.tooLateToCancel('in the request')
        : conflict(statusTexts[operation] ?? 'The current status does not allow this.');
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
      return sharePointRefusals.noTrust();
    case 'oneDriveMissing':
      return sharePointRefusals.noOneDrive();
    case 'mappingMissing':
      return sharePointRefusals.noIdentityMapEntry();
    case 'sameFarm':
      return sharePointRefusals.sameFarm();
    default:
      return undefined;
  }
}

/** A refusal with the status and in the form that the plan names. A redirection leads to another host, where no token belongs. */
function plannedRefusal(
  { status, form }: Extract<PlannedFault, { kind: 'refused' }>,
  { url }: FaultedCall,
): GraphRefusal | GraphAnswer {
  const headers =
    status < 400
      ? { location: `https://graph.example${url.pathname}` }
      : status === 401
        ? { 'www-authenticate': 'Bearer realm=""' }
        : {};
  const refusal = new GraphRefusal(
    status,
    refusedCodes[status],
    'The request was refused.',
    [],
    headers,
  );
  const body = formedError(form, refusal);
  return body === undefined ? refusal : { status, body, headers };
}

const statusTexts: Readonly<Partial<Record<OperationName, string>>> = {
  validateJob: "Validation can't be started because the current status is validateProcessing.",
  migrateJob: "Migration can't be started because the current status is processing.",
  cancelJob: 'Cancel is not possible. Current status is pendingCancel.',
  updateJob: "The job can't be updated because the current status is cuttingOver.",
};

function conflict(message: string): GraphRefusal {
  return new GraphRefusal(409, 'Conflict', message);
}

function detailed(
  status: number,
  code: string,
  detail: string,
  target: string,
  message: string,
): GraphRefusal {
  return new GraphRefusal(status, code, message, [{ code: detail, target, message }]);
}
