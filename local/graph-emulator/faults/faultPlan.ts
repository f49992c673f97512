import { z } from 'zod';
import type { GraphRefusal } from '../graphAnswer.ts';
import { operationNames } from '../operationNames.ts';
import { readChecked } from '../values.ts';
import { canStrike, type FaultKind, faultKinds } from './faultKinds.ts';

/** The forms in which services are known to write an error; `graph` is the documented one. */
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

/** The body of an error in a form; undefined for the documented one. */
export function formedError(
  form: ErrorForm,
  { status, code, message }: GraphRefusal,
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

/** An instant, or seconds after the start of the emulator, on its clock. */
const noMoment = 'must be an instant like 2026-11-20T22:00:00Z, or seconds after the start';
const moment = z.union(
  [z.iso.datetime({ offset: true, error: noMoment }), z.number().min(0, noMoment)],
  noMoment,
);

const where = {
  /** How likely it strikes a call that it fits; 1 when only left out beside an `occurrence`. */
  rate: z.number().min(0).max(1).optional(),
  operation: z.enum(operationNames).optional(),
  /** Strikes this call of the operation, counted from 1, and no other … */
  occurrence: z.int().min(1).optional(),
  /** … or this many from there on. */
  times: z.int().min(1).default(1),
  /** Calls with a token of this tenant only; occurrences are then counted within the tenant. */
  tenantId: z
    .guid()
    .transform((value) => value.toLowerCase())
    .optional(),
  from: moment.optional(),
  until: moment.optional(),
  /** Strikes every call that it fits from the `occurrence` on, for so long. Of `heldKinds` it says how long the job is held. */
  forSeconds: z.number().positive().optional(),
};
const either = { effect: z.enum(['before', 'after', 'either']) };

// The longest wait that a client is asked to honour.
const retryAfterSeconds = z.int().min(1).max(86_400).default(30);
/** Which calls a Retry-After holds back: this very one, every one of the operation, every one of the tenant. */
const scope = z.enum(['call', 'operation', 'tenant']).default('call');
const skewSeconds = z.int();
const word = z.string().min(1);

const fault = <K extends FaultKind, S extends z.core.$ZodLooseShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...where, ...shape });

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
    fault('foreignNextLink', { host: word.default('graph.example') }),
    fault('unknownStatus', { value: word.default('hibernating') }),
    fault('statusBackwards', {}),
    fault('unknownServiceStatus', { value: word.default('dreaming') }),
    fault('unknownService', { value: word.default('Yammer') }),
    fault('usersMissing', { count: z.int().min(1).default(1) }),
    fault('skewedClock', { skewSeconds: skewSeconds.default(7_200) }),
    fault('validationByItself', {}),
    fault('mailboxNeverCutsOver', {}),
    fault('adminActionRequired', {}),
  ])
  .superRefine(({ kind, operation, occurrence, rate, forSeconds }, context) => {
    const say = (member: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [member], message });
    };
    if (rate === undefined && occurrence === undefined)
      say('rate', 'give a rate, an occurrence, or both');
    if (occurrence !== undefined && operation === undefined)
      say('operation', 'an occurrence is one of an operation: name it');
    if (forSeconds !== undefined && occurrence === undefined && !heldKinds.includes(kind))
      say('forSeconds', 'begins at a call: name its occurrence');
    if (operation !== undefined && !canStrike(kind, operation))
      say(
        'operation',
        `${kind} cannot strike ${operation}, only ${faultKinds[kind].operations.join(', ')}`,
      );
  });

/** The kinds that hold a job up: their `forSeconds` is how long, not how long the fault strikes. */
export const heldKinds: readonly FaultKind[] = ['mailboxNeverCutsOver', 'adminActionRequired'];

/** One line of a plan. */
export type PlannedFault = z.infer<typeof faultSchema>;

/** What goes wrong between a client and Graph, and how often. */
export const faultPlanSchema = z.strictObject({
  seed: z.int().default(1),
  faults: z.array(faultSchema).default([]),
});
export type FaultPlan = z.infer<typeof faultPlanSchema>;

/** A fault plan is wrong; the message lists every bad member. */
export class FaultPlanError extends Error {
  override readonly name = 'FaultPlanError';
}

/** Reads a fault plan. Throws a FaultPlanError. */
export function readFaultPlan(file: string): FaultPlan {
  return readChecked('fault plan', file, faultPlanSchema, (message) => new FaultPlanError(message));
}
