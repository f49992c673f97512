import { z } from 'zod';
import { expression, guid, range } from '../values.ts';

const fault = z.strictObject({
  code: z.string().min(1),
  message: z.string().default('decreed by the scenario'),
  target: z.string().optional(),
});
export type SharePointFault = z.infer<typeof fault>;

const sourceSchema = z.strictObject({
  /** The sources that this is about: a regular expression, in any case, on the principal name or object id, the site's address or the mail nickname. */
  source: expression,
  /** Create and validation refuse the source for a reason that the service has a status for. */
  refused: z
    .enum(['accessDenied', 'noTrust', 'noOneDrive', 'noIdentityMapEntry', 'sameFarm'])
    .optional(),
  /** How many creates and validations of each source are refused; left out: all. */
  refusedTimes: z.int().min(1).optional(),
  /** What validations find wrong, and creates let pass. */
  invalid: fault.optional(),
  /** How many validations of each source find it; left out: all. */
  invalidTimes: z.int().min(1).optional(),
  /** What the move fails with. */
  failed: fault.optional(),
  /** How many tasks of each source fail; left out: all. */
  failedTimes: z.int().min(1).optional(),
  /** Tasks stay in this status, for ever or for so many seconds; nothing of them changes meanwhile. */
  stuckIn: z.enum(['notStarted', 'inProgress']).optional(),
  stuckSeconds: z.number().positive().optional(),
});

/** The part of a scenario that is about SharePoint tasks and identity mappings. */
export const sharePointScenarioSchema = z.strictObject({
  /** All in seconds of the emulator's clock; each task draws its own by the seed. */
  timings: z
    .strictObject({
      /** From the create, or the preferred start, until the move begins. */
      queue: range(300, 3_600),
      /** From the beginning of the move until its end. */
      move: range(1_800, 6 * 3_600),
      /** How often a running task's last update moves on. */
      heartbeat: z.number().positive().default(900),
    })
    .prefault({}),
  sources: z.array(sourceSchema).default([]),
  /** The users of both tenants that the service knows by name and by object id. */
  directory: z
    .array(z.strictObject({ id: guid, userPrincipalName: z.string().min(1) }))
    .default([]),
  /** Where Graph's pages contradict each other or say nothing: which variant these tenants follow. */
  switches: z
    .strictObject({
      /** The target has not set up trust with the source: every task operation is 422. */
      noTrust: z.boolean().default(false),
      /** Both tenants are on one farm: every create is 501. */
      sameFarm: z.boolean().default(false),
      /** The move of a user needs an entry in the identity map that names the same target. */
      demandIdentityMap: z.boolean().default(false),
      /** Manage.All also reads. */
      manageAlsoReads: z.boolean().default(false),
      /** A second create for a source with a task that has not ended is 422 instead of that task. */
      refuseRepeatedCreate: z.boolean().default(false),
      /** A failed validation is 200 with status `failed` instead of the refusal that create would get. */
      failedValidationAnswersOk: z.boolean().default(false),
      /** How many moves of one source tenant may be queued or running. */
      maxQueuedMoves: z.int().min(1).default(4_000),
      /** The status of a create above that. */
      overQueueStatus: z
        .union([z.literal(422), z.literal(429), z.literal(503), z.literal(507)])
        .default(422),
      /** The OneDrives of running jobs count as moves of their source tenant. */
      jobsShareQueue: z.boolean().default(true),
      /** A migration of a job is refused as well when its OneDrives do not fit. */
      queueLimitsJobs: z.boolean().default(false),
      /** List, count, update and delete, which only generated clients have. */
      undocumentedStatus: z.union([z.literal(405), z.literal(501)]).default(405),
      /** Lookups also take a value without quotes. */
      unquotedLookups: z.boolean().default(false),
      /** What went wrong comes as `errors`, a list, instead of `error`. */
      errorsAsList: z.boolean().default(false),
      /** How the status of a finished task is spelled. */
      completedSpelling: z.enum(['completed', 'success', 'Completed']).default('completed'),
      /** Months of one digit in instants: `2026-7-18T09:08:04.451Z`. */
      unpaddedMonths: z.boolean().default(false),
      /** What a data location of null comes back as; null: as null. */
      defaultDataLocation: z.string().min(1).nullable().default('FRA'),
      /** An identity given by id comes back with the principal name that the directory has for it. */
      fillInIdentities: z.boolean().default(true),
    })
    .prefault({}),
});
export type SharePointScenario = z.infer<typeof sharePointScenarioSchema>;

export type SourceDecree = SharePointScenario['sources'][number];

/** The first decree of the scenario on a source with these names that a test lets pass. */
export function decreeOn(
  names: readonly string[],
  { sources }: SharePointScenario,
  passes: (decree: SourceDecree) => boolean,
): SourceDecree | undefined {
  return sources.find((decree) => {
    if (!passes(decree)) return false;
    const expression = new RegExp(decree.source, 'i');
    return names.some((name) => expression.test(name));
  });
}
