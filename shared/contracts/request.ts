import { z } from 'zod';
import { guidSchema } from './ids.ts';
import {
  mailNicknameSchema,
  principalNameSchema,
  sharePointParametersSchema,
} from './sharePointParameters.ts';
import { isPlainText, notPlainText, personNameSchema } from './text.ts';

/** The workloads of the migration engine: Teams chats, mailbox, OneDrive and Teams meetings. */
export const workloadSchema = z.enum(['Teams', 'Exchange', 'ODSP', 'Meeting']);
export type Workload = z.infer<typeof workloadSchema>;
export const allWorkloads: readonly Workload[] = workloadSchema.options;

/**
 * One user to move: the target user's object id and, optionally, the source address for the record.
 */
export const requestedUserSchema = z.union([
  guidSchema.transform((targetUserId) => ({ targetUserId })),
  z.strictObject({
    targetUserId: guidSchema,
    /** Whether to move the user even if a migration has already moved them. */
    moveAgain: z.boolean().optional(),
    sourceUserPrincipalName: z
      .string()
      .min(3)
      .max(320)
      .regex(/^[^\s@]+@[^\s@]+$/, 'must be a user principal name')
      .refine(isPlainText, notPlainText)
      .optional(),
  }),
]);
export type RequestedUser = z.infer<typeof requestedUserSchema>;

export const exchangeSettingsSchema = z.strictObject({
  sourceEndpoint: z.string().min(1).max(256).refine(isPlainText, notPlainText),
  targetDeliveryDomain: z
    .string()
    .min(3)
    .max(255)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a domain name'),
});
export type ExchangeSettings = z.infer<typeof exchangeSettingsSchema>;

const usersLimit = 100_000;
// More than there are, so that a repeated workload gets an error of its own.
const workloadsLimit = 100;

/** A request to move users, as `POST /migrations` and the queue `migration-requests` accept it. */
export const usersRequestSchema = z.strictObject({
  kind: z.literal('users'),
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 _.-]*$/,
      'must start with a letter or digit and contain only letters, digits, spaces, _ . and -',
    ),
  sourceTenantId: guidSchema,
  users: z.array(requestedUserSchema).min(1, 'must name at least one user').max(usersLimit),
  workloads: z
    .array(workloadSchema)
    .min(1)
    .max(workloadsLimit)
    .default([...allWorkloads]),
  exchangeSettings: exchangeSettingsSchema.optional(),
  /** The earliest cutover. Defaults to as soon as the mailboxes are in sync. */
  completeAfterDateTime: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 instant with Z or an offset' })
    .optional(),
  validateOnly: z.boolean().default(false),
  /**
   * The requester's name, required with `approval`. The requester cannot approve. With Entra it is
   * ignored: the identity of the caller counts.
   */
  requestedBy: personNameSchema.optional(),
  /**
   * With `required`, nothing cuts over before somebody other than the requester approves. If nobody
   * decides in time, the migration is rejected.
   */
  approval: z
    .strictObject({
      required: z.boolean().default(true),
      timeoutHours: z.int().min(1).max(720).default(72),
    })
    .optional(),
  /**
   * What happens to a batch with users who fail validation. `continueWithout`: they are recorded as
   * invalid, and the others continue in a new job. `hold`: the batch is held until the users are
   * validated again, somebody decides to continue without them, or the time is over.
   */
  onInvalid: z.enum(['continueWithout', 'hold']).default('continueWithout'),
  /**
   * What happens if a user is in another migration or was already moved. `refuse`: the request gets
   * a 409. `leaveOut`: the request is accepted, and those users are recorded as invalid.
   */
  onConflict: z.enum(['refuse', 'leaveOut']).default('refuse'),
  /** Whether to move the users of the request even if a migration has already moved them. */
  moveAgain: z.boolean().default(false),
  /** How long a batch is held. If nobody decides in time, none of its users are moved. */
  holdTimeoutHours: z.int().min(1).max(720).default(168),
});
export type UsersRequest = z.infer<typeof usersRequestSchema>;

/**
 * The readable part of an invalid users request. Members that cannot be read are null, so that the
 * rules between members are still checked and the caller gets all errors at once.
 */
export const readableRequestSchema = z.object({
  users: z.array(requestedUserSchema.nullable().catch(null)).max(usersLimit).catch([]),
  workloads: z
    .array(workloadSchema.nullable().catch(null))
    .max(workloadsLimit)
    .default([...allWorkloads])
    .catch([]),
  exchangeSettings: z.unknown().optional(),
  completeAfterDateTime: usersRequestSchema.shape.completeAfterDateTime.catch(undefined),
});
export type ReadableRequest = z.infer<typeof readableRequestSchema>;

/** Graph's `crossOrganizationUserMapping` in a request: the target user of a source user. */
export const userMappingSchema = z.strictObject({
  sourceOrganizationId: guidSchema.optional(),
  userType: z.enum(['regularUser', 'adminUser', 'guestUser']).optional(),
  sourceUserIdentity: z.strictObject({ userPrincipalName: principalNameSchema }),
  targetUserIdentity: z.strictObject({ userPrincipalName: principalNameSchema }),
  targetUserMigrationData: z.strictObject({ email: principalNameSchema }).optional(),
});
export type UserMapping = z.infer<typeof userMappingSchema>;

/** Graph's `crossOrganizationGroupMapping` in a request: the target group of a source group. */
export const groupMappingSchema = z.strictObject({
  sourceOrganizationId: guidSchema.optional(),
  groupType: z.enum(['regularGroup', 'm365Group']).optional(),
  sourceGroupIdentity: z.strictObject({ id: guidSchema }),
  targetGroupIdentity: z.strictObject({ id: guidSchema }),
  targetGroupMigrationData: z.strictObject({ mailNickname: mailNicknameSchema }).optional(),
});
export type GroupMapping = z.infer<typeof groupMappingSchema>;

/** The identity mappings of a request. */
export const identityMappingsSchema = z.strictObject({
  users: z.array(userMappingSchema).max(20_000).default([]),
  groups: z.array(groupMappingSchema).max(20_000).default([]),
});
export type IdentityMappings = z.infer<typeof identityMappingsSchema>;

/**
 * A request to move OneDrives, groups and sites, as `POST /migrations` and the queue
 * `migration-requests` accept it.
 */
export const sharePointRequestSchema = z.strictObject({
  kind: z.literal('sharePoint'),
  name: usersRequestSchema.shape.name,
  /** Must be the source tenant that the app is configured for. */
  sourceTenantId: guidSchema.optional(),
  /** Graph's own parameter objects, one for each OneDrive, group or site. */
  tasks: z
    .array(sharePointParametersSchema)
    .min(1, 'must name at least one task')
    .max(4_000, 'may name at most 4,000 tasks; split the request'),
  /**
   * Whether to validate each task before anything is created. Tasks that fail are recorded as
   * invalid; the others continue.
   */
  validateFirst: z.boolean().default(false),
  /** Whether to only validate: nothing is created, and each task ends as validated or invalid. */
  validateOnly: z.boolean().default(false),
  /** The requester's name. The requester cannot approve. */
  requestedBy: usersRequestSchema.shape.requestedBy,
  /**
   * With `required`, nothing is created before somebody other than the requester approves. If
   * nobody decides in time, the migration is rejected.
   */
  approval: usersRequestSchema.shape.approval,
  /**
   * Entries that the app writes to the target's identity map, and reads back, before anything else.
   */
  identityMappings: identityMappingsSchema.optional(),
  /**
   * What happens if a source is in another migration or was already moved, as in a users request.
   */
  onConflict: usersRequestSchema.shape.onConflict,
  /** Whether to move the sources of the request even if a migration has already moved them. */
  moveAgain: usersRequestSchema.shape.moveAgain,
  /**
   * Whether to require, before a task is created, an identity mapping of its user or group that
   * names the same target.
   */
  checkIdentityMappings: z.boolean().default(false),
});
export type SharePointRequest = z.infer<typeof sharePointRequestSchema>;

/**
 * Every request that `POST /migrations` and the queue `migration-requests` accept, distinguished by
 * `kind`.
 */
export const migrationRequestSchema = z.discriminatedUnion(
  'kind',
  [usersRequestSchema, sharePointRequestSchema],
  {
    error: ({ input }) =>
      z.looseObject({}).safeParse(input).success
        ? 'must be users or sharePoint'
        : 'must be an object: a migration request',
  },
);
export type MigrationRequest = z.infer<typeof migrationRequestSchema>;
