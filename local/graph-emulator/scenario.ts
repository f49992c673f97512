import { z } from 'zod';
import { expression, guid, range, readInputFile } from './inputFile.ts';
import { sharePointScenarioSchema } from './sharePoint/sharePointScenario.ts';

/** The application permissions of the emulated APIs, as they appear in the `roles` of a token. */
export const permissions = [
  'CrossTenantContentMigration.Read.All',
  'CrossTenantContentMigration.ReadWrite.All',
  'SharePointCrossTenantMigration.Read.All',
  'SharePointCrossTenantMigration.Manage.All',
] as const;

export type Permission = (typeof permissions)[number];

export const workloadSchema = z.enum(['Teams', 'Exchange', 'ODSP', 'Meeting']);

const serviceErrorSchema = z.strictObject({
  workload: workloadSchema,
  code: z.string().min(1),
  message: z.string().default('set by the scenario'),
});
/** The error of one workload of a user. */
export type ServiceError = z.infer<typeof serviceErrorSchema>;

const userSchema = z.strictObject({
  id: guid,
  /** The errors that validations find. */
  invalid: z.array(serviceErrorSchema).min(1).optional(),
  /** How many validations of each job find the errors. Default: all. */
  invalidTimes: z.int().min(1).optional(),
  /** The errors with which migrations fail. */
  failed: z.array(serviceErrorSchema).min(1).optional(),
  /** How many migrations of each job fail. Default: all. */
  failedTimes: z.int().min(1).optional(),
});

const jobSchema = z
  .strictObject({
    /** Selects jobs whose name matches this regular expression … */
    displayName: expression.optional(),
    /** … or that contain this user. */
    user: guid.optional(),
    /** The job stays in this status, for `stuckSeconds` or forever. */
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
    'set displayName or user, not both',
  );

export const scenarioSchema = z.strictObject({
  seed: z.int().default(1),
  targetTenantId: guid.default('99999999-8888-7777-6666-555555555555'),
  sourceTenantIds: z.array(guid).default(['11111111-2222-3333-4444-555555555555']),
  /** The permissions of clients. A client that is not listed has all of them. */
  clients: z
    .array(z.strictObject({ clientId: guid, permissions: z.array(z.enum(permissions)) }))
    .default([]),
  /** In seconds of the emulator's clock. The seed gives each job values of its own. */
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
  /** Selects a variant where Graph's pages contradict each other. */
  switches: z
    .strictObject({
      autoValidateOnCreate: z.boolean().default(false),
      /** Create starts the migration without a validation, as in the first preview. */
      autoMigrateOnCreate: z.boolean().default(false),
      strictCompleteAfter: z.boolean().default(false),
      revalidateExpired: z.boolean().default(true),
      userTaskWrites: z.boolean().default(false),
      legacyValidate: z.boolean().default(false),
      wrapSingleEntities: z.boolean().default(false),
      /** Cancel returns 200 instead of 202. */
      cancelReturnsOk: z.boolean().default(false),
      /** Cancel returns `{ value: … }` instead of the bare object. */
      wrapCancelResponses: z.boolean().default(false),
      /** A job can be cancelled only before its migration. */
      cancelOnlyBeforeMigrate: z.boolean().default(false),
      /** Update returns 200 and the job instead of 204. */
      updateReturnsJob: z.boolean().default(false),
      /** Job statuses are spelled `Submitted` and `Canceled`, and the type of every job is `migrate`. */
      oldStatusSpelling: z.boolean().default(false),
      /** A validation's results for a user are `completed` and `failed` instead of `valid` and `invalid`. */
      oldValidationStatuses: z.boolean().default(false),
      /** A deleted job can still be read, as `deleted`. */
      deletedStaysVisible: z.boolean().default(false),
      /** Every collection starts with an empty page and a link. */
      emptyFirstPage: z.boolean().default(false),
      deleteCompletedWithErrors: z.boolean().default(true),
      /** Migrate is accepted for a job that failed or completed with errors. */
      migrateAgain: z.boolean().default(true),
      /** `completeAfterDateTime` is the start of the processing, not the earliest cutover. */
      completeAfterStartsProcessing: z.boolean().default(false),
      /** The workload Meeting exists. */
      meetingWorkload: z.boolean().default(true),
      maxUsersPerJob: z.int().min(1).default(100),
    })
    .prefault({}),
  pageSize: z.int().min(1).max(100).default(20),
  sharePoint: sharePointScenarioSchema.prefault({}),
});
export type Scenario = z.infer<typeof scenarioSchema>;

/** A scenario file is invalid. The message lists every invalid member. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Reads a scenario file. Throws a ScenarioError. */
export function readScenario(file: string): Scenario {
  return readInputFile('scenario', file, scenarioSchema, (message) => new ScenarioError(message));
}
