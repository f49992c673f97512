/** The statuses that a planned refusal may have, and the code that comes with each. */
export const refusedCodes = {
  301: 'MovedPermanently',
  302: 'Found',
  307: 'TemporaryRedirect',
  400: 'BadRequest',
  401: 'InvalidAuthenticationToken',
  403: 'Authorization_RequestDenied',
  404: 'ResourceNotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  408: 'RequestTimeout',
  409: 'Conflict',
  410: 'Gone',
  412: 'PreconditionFailed',
  415: 'UnsupportedMediaType',
  423: 'Locked',
  425: 'TooEarly',
} as const;

export type RefusedStatus = keyof typeof refusedCodes;

export const refusedStatuses: readonly RefusedStatus[] = [
  301, 302, 307, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 415, 423, 425,
];
