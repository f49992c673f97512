import { z } from 'zod';
import type { GraphError } from '../graphResponse.ts';
import { operationNames } from '../operationNames.ts';
import { guid, readInputFile } from '../inputFile.ts';
import { appliesTo, type FaultKind, faultKinds } from './faultKinds.ts';

/** The forms in which services write an error. `graph` is the documented one. */
export const errorForms = [
  'graph',
  'messageObject',
  'numericCode',
  'otherCase',
  'odata',
  'list',
  'topLevel',
  'text',
] as const;

export type ErrorForm = (typeof errorForms)[number];

/** Returns the body of an error in a form; undefined for the documented form. */
export function errorBody(
  form: ErrorForm,
  { status, code, message }: GraphError,
): object | undefined {
  switch (form) {
    case 'graph':
      return undefined;
    case 'messageObject':
      return { error: { code, message: { lang: 'en-US', value: message } } };
    case 'numericCode':
      return { error: { code: status, message, details: [{ code, message }] } };
    case 'otherCase':
      return { Error: { Code: code, Message: message, InnerError: { Date: null } } };
    case 'odata':
      return { 'odata.error': { code, message: { lang: 'en-US', value: message } } };
    case 'list':
      return { errors: [{ code, message }] };
    case 'topLevel':
      return { code, message };
    case 'text':
      return { error: code, error_description: message };
  }
}

/** The statuses that a `refused` fault can have, each with its error code. */
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

const instantMessage = 'must be an instant like 2026-11-20T22:00:00Z, or seconds after the start';
/** An instant on the emulator's clock, or seconds after its start. */
const instant = z.union(
  [z.iso.datetime({ offset: true, error: instantMessage }), z.number().min(0, instantMessage)],
  instantMessage,
);

const selection = {
  /** The probability for each call that the fault matches. Default beside an `occurrence`: 1. */
  rate: z.number().min(0).max(1).optional(),
  operation: z.enum(operationNames).optional(),
  /** Applies to this call of the operation only, counted from 1 … */
  occurrence: z.int().min(1).optional(),
  /** … or to this many calls from it on. */
  times: z.int().min(1).default(1),
  /** Applies to calls with a token of this tenant only. Occurrences are then counted within the tenant. */
  tenantId: guid.optional(),
  from: instant.optional(),
  until: instant.optional(),
  /** Applies to every matching call from the `occurrence` on, for this long. With `holdKinds`: how long the job is held. */
  forSeconds: z.number().positive().optional(),
};
const either = { effect: z.enum(['before', 'after', 'either']) };

// A Retry-After is at most a day.
const retryAfterSeconds = z.int().min(1).max(86_400).default(30);
/** The calls to which a Retry-After applies: the same call, all calls of the operation, or all calls of the tenant. */
const scope = z.enum(['call', 'operation', 'tenant']).default('call');
const skewSeconds = z.int();
const nonEmpty = z.string().min(1);

const fault = <K extends FaultKind, S extends z.core.$ZodLooseShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...selection, ...shape });

const faultSchema = z
  .discriminatedUnion('kind', [
    fault('throttledSeconds', { retryAfterSeconds, scope }),
    fault('throttledDate', { retryAfterSeconds, scope, skewSeconds: skewSeconds.default(0) }),
    fault('throttledSilent', {}),
    fault('throttledHour', { scope }),
    fault('error500', either),
    fault('error502', either),
    fault('error503', either),
    fault('error504', either),
    fault('error503RetryAfter', { ...either, retryAfterSeconds, scope }),
    fault('error504RetryAfter', { ...either, retryAfterSeconds, scope }),
    fault('connectionReset', either),
    fault('slowDrip', {
      chunks: z.int().min(2).max(1_000).default(8),
      pauseMs: z.int().min(0).max(600_000).default(20),
    }),
    fault('truncatedBody', {}),
    fault('truncatedJson', {}),
    fault('htmlBody', either),
    fault('bomBody', {}),
    fault('unreadableBody', {}),
    fault('unauthorized', {}),
    fault('claimsChallenge', { encoding: z.enum(['base64', 'base64url']).default('base64') }),
    fault('forbidden', {}),
    fault('refused', {
      status: z.literal(refusedStatuses).default(403),
      form: z.enum(errorForms).default('graph'),
    }),
    fault('notFoundYet', { lagSeconds: z.number().positive().default(30) }),
    fault('conflictStatus', either),
    fault('conflictExpired', {}),
    fault('conflictNotFinal', {}),
    fault('conflictUserCancel', either),
    fault('duplicateName', either),
    fault('dateInPast', {}),
    fault('trustMissing', {}),
    fault('oneDriveMissing', {}),
    fault('mappingMissing', {}),
    fault('sameFarm', {}),
    fault('repeatedPage', {}),
    fault('emptyPage', {}),
    fault('foreignNextLink', { host: nonEmpty.default('graph.example') }),
    fault('unknownStatus', { value: nonEmpty.default('hibernating') }),
    fault('statusBackwards', {}),
    fault('unknownServiceStatus', { value: nonEmpty.default('dreaming') }),
    fault('unknownService', { value: nonEmpty.default('Yammer') }),
    fault('usersMissing', { count: z.int().min(1).default(1) }),
    fault('skewedClock', { skewSeconds: skewSeconds.default(7_200) }),
    fault('validationByItself', {}),
    fault('mailboxNeverCutsOver', {}),
    fault('adminActionRequired', {}),
  ])
  .superRefine(({ kind, operation, occurrence, rate, forSeconds }, context) => {
    const addIssue = (member: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [member], message });
    };
    if (rate === undefined && occurrence === undefined)
      addIssue('rate', 'set a rate, an occurrence, or both');
    if (occurrence !== undefined && operation === undefined)
      addIssue('operation', 'an occurrence needs an operation');
    if (forSeconds !== undefined && occurrence === undefined && !holdKinds.includes(kind))
      addIssue('forSeconds', 'forSeconds needs an occurrence');
    if (operation !== undefined && !appliesTo(kind, operation))
      addIssue(
        'operation',
        `${kind} does not apply to ${operation}, only to ${faultKinds[kind].operations.join(', ')}`,
      );
  });

/** The kinds that hold a job. Their `forSeconds` is the duration of the hold. */
export const holdKinds: readonly FaultKind[] = ['mailboxNeverCutsOver', 'adminActionRequired'];

/** One fault of a plan. */
export type PlannedFault = z.infer<typeof faultSchema>;

/** A fault plan: the faults between a client and Graph, and how often they occur. */
export const faultPlanSchema = z.strictObject({
  seed: z.int().default(1),
  faults: z.array(faultSchema).default([]),
});
export type FaultPlan = z.infer<typeof faultPlanSchema>;

/** A fault plan is invalid. The message lists every invalid member. */
export class FaultPlanError extends Error {
  override readonly name = 'FaultPlanError';
}

/** Reads a fault plan. Throws a FaultPlanError. */
export function readFaultPlan(file: string): FaultPlan {
  return readInputFile(
    'fault plan',
    file,
    faultPlanSchema,
    (message) => new FaultPlanError(message),
  );
}
