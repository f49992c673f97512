import { z } from 'zod';
import { workloadSchema } from '../../shared/contracts/request.ts';
import { sharePointScenarioSchema } from './sharePoint/sharePointScenario.ts';
import { expression, guid, permissions, range, readChecked } from './values.ts';

const fault = z.strictObject({
  workload: workloadSchema,
  code: z.string().min(1),
  message: z.string().default('decreed by the scenario'),
});
export type Fault = z.infer<typeof fault>;

const userSchema = z.strictObject({
  id: guid,
  /** What validation finds wrong with the user. */
  invalid: z.array(fault).min(1).optional(),
  /** In how many validations of a job, counted for each job anew, the user is invalid; left out: in all. */
  invalidRounds: z.int().min(1).optional(),
  /** What goes wrong when the user is moved. */
  failed: z.array(fault).min(1).optional(),
  /** In how many migrations of a job, counted for each job anew, the user fails; left out: in all. */
  failedRounds: z.int().min(1).optional(),
});

const jobSchema = z
  .strictObject({
    /** Jobs whose name matches this regular expression … */
    displayName: expression.optional(),
    /** … or that hold this user. */
    user: guid.optional(),
    /** The job stays in this status, for ever or for so many seconds. */
    stuckIn: z
      .enum([
        'validateProcessing',
        'validateInProgress',
        'processing',
        'inProgress',
        'adminActionRequired',
        'cuttingOver',
        'pendingCancel',
      ])
      .optional(),
    stuckSeconds: z.number().positive().optional(),
    /** The whole migration ends as failed. */
    fails: z.boolean().default(false),
  })
  .refine(
    ({ displayName, user }) => (displayName === undefined) !== (user === undefined),
    'give displayName or user, and not both',
  );

export const scenarioSchema = z.strictObject({
  seed: z.int().default(1),
  targetTenantId: guid.default('99999999-8888-7777-6666-555555555555'),
  sourceTenantIds: z.array(guid).default(['11111111-2222-3333-4444-555555555555']),
  /** What a client may do; any client that is not named may do everything. */
  clients: z
    .array(z.strictObject({ clientId: guid, permissions: z.array(z.enum(permissions)) }))
    .default([]),
  /** All in seconds of the emulator's clock; each job draws its own by the seed. */
  timings: z
    .strictObject({
      validation: range(300, 1_500),
      processing: range(120, 600),
      sync: range(4 * 3_600, 20 * 3_600),
      cutover: range(1_800, 5_400),
      cancel: range(30, 180),
      deletion: range(3_600, 12 * 3_600),
      token: z.number().positive().default(3_600),
    })
    .prefault({}),
  users: z.array(userSchema).default([]),
  jobs: z.array(jobSchema).default([]),
  /** Where Graph's pages contradict each other: which variant this tenant follows. */
  switches: z
    .strictObject({
      autoValidateOnCreate: z.boolean().default(false),
      /** Create starts the migration, unvalidated, as in the first preview. */
      autoMigrateOnCreate: z.boolean().default(false),
      strictCompleteAfter: z.boolean().default(false),
      revalidateExpired: z.boolean().default(true),
      userTaskWrites: z.boolean().default(false),
      legacyValidate: z.boolean().default(false),
      wrapSingleEntities: z.boolean().default(false),
      /** Cancel answers 200 instead of 202. */
      cancelAnswersOk: z.boolean().default(false),
      /** Cancel answers `{ value: … }` instead of the bare object. */
      wrapCancelAnswers: z.boolean().default(false),
      /** A job can be cancelled only before its migration. */
      cancelOnlyBeforeMigrate: z.boolean().default(false),
      /** Update answers 200 and the job instead of 204. */
      updateAnswersJob: z.boolean().default(false),
      /** Job statuses as `Submitted` and `Canceled`, and every job's type as `migrate`. */
      oldStatusSpelling: z.boolean().default(false),
      /** A validation's results for a user are `completed` and `failed` instead of `valid` and `invalid`. */
      oldValidationWords: z.boolean().default(false),
      /** A deleted job can still be read, as `deleted`. */
      deletedStaysVisible: z.boolean().default(false),
      /** Every collection starts with an empty page that has a link. */
      emptyFirstPage: z.boolean().default(false),
      deleteCompletedWithErrors: z.boolean().default(true),
      /** Migrate again works on a job that failed or completed with errors. */
      migrateAgain: z.boolean().default(true),
      /** `completeAfterDateTime` is when the processing starts, not the earliest cutover. */
      completeAfterStartsProcessing: z.boolean().default(false),
      /** Meetings can be moved: without it there are three workloads. */
      meetingWorkload: z.boolean().default(true),
      maxUsersPerJob: z.int().min(1).default(100),
    })
    .prefault({}),
  pageSize: z.int().min(1).max(100).default(20),
  sharePoint: sharePointScenarioSchema.prefault({}),
});
export type Scenario = z.infer<typeof scenarioSchema>;

/** A scenario file is wrong; the message lists every bad member. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Reads a scenario file. Throws a ScenarioError. */
export function readScenario(file: string): Scenario {
  return readChecked('scenario', file, scenarioSchema, (message) => new ScenarioError(message));
}
