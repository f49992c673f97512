import { z } from 'zod';
import { expression, guid, range } from '../inputFile.ts';

const taskErrorSchema = z.strictObject({
  code: z.string().min(1),
  message: z.string().default('set by the scenario'),
  target: z.string().optional(),
});
/** The error of a task or of a validation. */
export type TaskError = z.infer<typeof taskErrorSchema>;

const sourceSchema = z.strictObject({
  /**
   * Selects sources: a case-insensitive regular expression on the user principal name or object id, the site URL, or the mail
   * nickname.
   */
  source: expression,
  /** Create and validation refuse the source with this error. */
  refused: z
    .enum(['accessDenied', 'noTrust', 'noOneDrive', 'noIdentityMapEntry', 'sameFarm'])
    .optional(),
  /** How many creates and validations of each source are refused. Default: all. */
  refusedTimes: z.int().min(1).optional(),
  /** The error that validations find. Create does not check for it. */
  invalid: taskErrorSchema.optional(),
  /** How many validations of each source find the error. Default: all. */
  invalidTimes: z.int().min(1).optional(),
  /** The error with which the task fails. */
  failed: taskErrorSchema.optional(),
  /** How many tasks of each source fail. Default: all. */
  failedTimes: z.int().min(1).optional(),
  /** Tasks stay in this status, for `stuckSeconds` or forever, and show no update meanwhile. */
  stuckIn: z.enum(['notStarted', 'inProgress']).optional(),
  stuckSeconds: z.number().positive().optional(),
});

/** The part of a scenario for SharePoint tasks and identity mappings. */
export const sharePointScenarioSchema = z.strictObject({
  /** In seconds of the emulator's clock. The seed gives each task values of its own. */
  timings: z
    .strictObject({
      /** From the create, or the preferred start, until `inProgress`. */
      queue: range(300, 3_600),
      /** From `inProgress` until the end. */
      migration: range(1_800, 6 * 3_600),
      /** The interval at which a running task changes its last update. */
      heartbeat: z.number().positive().default(900),
    })
    .prefault({}),
  sources: z.array(sourceSchema).default([]),
  /** Users of both tenants, by object id and user principal name. */
  directory: z
    .array(z.strictObject({ id: guid, userPrincipalName: z.string().min(1) }))
    .default([]),
  /** Selects a variant where Graph's pages contradict each other or say nothing. */
  switches: z
    .strictObject({
      /** The tenants have no trust relationship: every task operation is 422. */
      noTrust: z.boolean().default(false),
      /** Both tenants are on the same farm: every create is 501. */
      sameFarm: z.boolean().default(false),
      /** The task of a user needs an identity mapping with the same target. */
      demandIdentityMap: z.boolean().default(false),
      /** `Manage.All` includes `Read.All`. */
      manageAlsoReads: z.boolean().default(false),
      /** A create for a source whose task has not ended is 422 instead of 200 with that task. */
      refuseRepeatedCreate: z.boolean().default(false),
      /** A failed validation is 200 with status `failed` instead of the error that create would get. */
      failedValidationReturnsOk: z.boolean().default(false),
      /** How many moves of one source tenant can be queued or running. */
      maxQueuedMoves: z.int().min(1).default(4_000),
      /** The response status of a create above this limit. */
      overQueueStatus: z
        .union([z.literal(422), z.literal(429), z.literal(503), z.literal(507)])
        .default(422),
      /** The OneDrives in running jobs count as moves of their source tenant. */
      jobsShareQueue: z.boolean().default(true),
      /** The limit also applies to migrate of a job. */
      queueLimitsJobs: z.boolean().default(false),
      /** The response status of list, count, update and delete, which no page documents. */
      undocumentedStatus: z.union([z.literal(405), z.literal(501)]).default(405),
      /** Lookups also accept a value without quotes. */
      unquotedLookups: z.boolean().default(false),
      /** A failed task has `errors`, a list, instead of `error`. */
      errorsAsList: z.boolean().default(false),
      /** The spelling of the status of a completed task. */
      completedSpelling: z.enum(['completed', 'success', 'Completed']).default('completed'),
      /** Instants have unpadded months: `2026-7-18T09:08:04.451Z`. */
      unpaddedMonths: z.boolean().default(false),
      /** The value that replaces a data location of null. */
      defaultDataLocation: z.string().min(1).nullable().default('FRA'),
      /** An identity with only an id gets the user principal name from the directory. */
      fillInIdentities: z.boolean().default(true),
    })
    .prefault({}),
});
export type SharePointScenario = z.infer<typeof sharePointScenarioSchema>;

/** A rule of the scenario for the sources that it selects. */
export type SourceRule = SharePointScenario['sources'][number];

/** Returns the first rule that selects one of the names of a source and fulfils a condition. */
export function findSourceRule(
  names: readonly string[],
  { sources }: SharePointScenario,
  condition: (rule: SourceRule) => boolean,
): SourceRule | undefined {
  return sources.find((rule) => {
    if (!condition(rule)) return false;
    const pattern = new RegExp(rule.source, 'i');
    return names.some((name) => pattern.test(name));
  });
}
