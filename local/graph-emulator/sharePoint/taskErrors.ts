import { GraphError } from '../graphResponse.ts';

/** The errors that Graph's pages name for the task operations, each with the code of its cause. */
export const taskErrors = {
  accessDenied: () => new GraphError(403, 'accessDenied', 'Access denied.'),
  noTrust: () =>
    unprocessable(
      'MnATrustNoSetupForPartner',
      'There is no cross-tenant relationship with the partner for this role.',
    ),
  noOneDrive: () =>
    unprocessable(
      'MnAOdbFailedToGetUrlForSourceUPN',
      'The address of the OneDrive of the source user cannot be found.',
    ),
  noIdentityMapEntry: () =>
    unprocessable(
      'MnAIdentityMapEntryDoesNotExistsForSourceUPN',
      'There is no identity map entry for the source user on the target tenant.',
    ),
  otherIdentityMapEntry: () =>
    unprocessable(
      'MnAIdentityMapEntryDoesNotMatchRequest',
      'The identity map entry of the source user names another target user.',
    ),
  alreadyMoving: () =>
    unprocessable('MnASiteMoveIsInprogressOrFinished', 'The source is being moved already.'),
  sameFarm: () =>
    withCause(
      501,
      'notSupported',
      'MnAPartnersOnTheSameFarm',
      'Both tenants are on the same farm. Contact Microsoft and try again.',
    ),
  unknownTask: (id: string) =>
    new GraphError(404, 'itemNotFound', `The migration task ${id} was not found.`),
  tooLateToCancel: (id: string) =>
    new GraphError(
      409,
      'conflict',
      `The cancel request for the migration task ${id} cannot be processed.`,
    ),
};

/** Returns the error for a source that the service cannot process. */
export function unprocessable(cause: string, message: string, target?: string): GraphError {
  return withCause(422, 'invalidRequest', cause, message, target);
}

function withCause(
  status: number,
  code: string,
  cause: string,
  message: string,
  target?: string,
): GraphError {
  return new GraphError(status, code, message, [
    { code: cause, message, ...(target === undefined ? {} : { target }) },
  ]);
}
