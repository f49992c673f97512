import { z } from 'zod';
import { guidSchema } from './ids.ts';
import {
  mailNicknameSchema,
  principalNameSchema,
  sharePointParametersSchema,
} from './sharePointParameters.ts';
import { isPlainText, notPlainText, personNameSchema } from './text.ts';

/** The request tokens of the migration engine: mailbox, OneDrive, Teams chats and Teams meetings. */
export const workloadSchema = z.enum(['Teams', 'Exchange', 'ODSP', 'Meeting']);
export type Workload = z.infer<typeof workloadSchema>;
export const allWorkloads: readonly Workload[] = workloadSchema.options;

/** One user to move: the target user's object id, with the source address where the caller wants it on record. */
export const requestedUserSchema = z.union([
  guidSchema.transform((targetUserId) => ({ targetUserId })),
  z.strictObject({
    targetUserId: guidSchema,
    /** Moves the user although a migration has moved them before. */
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
// More than there are, so that a repeated one is told by its name.
const workloadsLimit = 100;

/** A request to move users, as `POST /migrations` and the queue `migration-requests` take it. */
export const usersRequestSchema = z.strictObject({
  kind: z.literal('users'),
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9 _.-]*$/,
      'may hold letters, digits, blanks, and _ . - and starts with a letter or digit',
    ),
  sourceTenantId: guidSchema,
  users: z.array(requestedUserSchema).min(1, 'must name at least one user').max(usersLimit),
  workloads: z
    .array(workloadSchema)
    .min(1)
    .max(workloadsLimit)
    .default([...allWorkloads]),
  exchangeSettings: exchangeSettingsSchema.optional(),
  /** The earliest cutover. Left out: as soon as the mailboxes are in sync. */
  completeAfterDateTime: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 instant with Z or an offset' })
    .optional(),
  validateOnly: z.boolean().default(false),
  /** Who asks; needed with `approval`. The same person cannot approve. With Entra, the identity of the caller counts, and this is ignored. */
  requestedBy: personNameSchema.optional(),
  /** With `required`, nothing cuts over before somebody else has approved; no answer in time means no. */
  approval: z
    .strictObject({
      required: z.boolean().default(true),
      timeoutHours: z.int().min(1).max(720).default(72),
    })
    .optional(),
  /**
   * What becomes of a batch with users who fail validation. `continueWithout`: they are recorded, the others go on in a fresh
   * job. `hold`: the batch waits until they are fixed and validated again, somebody says to go on without them, or time is over.
   */
  onInvalid: z.enum(['continueWithout', 'hold']).default('continueWithout'),
  /** What becomes of the request when a user is in another migration or was moved by one. `refuse`: 409. `leaveOut`: accepted, those users are recorded as invalid. */
  onConflict: z.enum(['refuse', 'leaveOut']).default('refuse'),
  /** Moves everybody in the request although a migration has moved them before. */
  moveAgain: z.boolean().default(false),
  /** How long a batch is held; nothing of it moves when nobody has answered by then. */
  holdTimeoutHours: z.int().min(1).max(720).default(168),
});
export type UsersRequest = z.infer<typeof usersRequestSchema>;

/**
 * What can be made out of a request that is bad somewhere: members that cannot be read are null, so that the rules
 * between members are checked all the same and the caller hears of everything at once.
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

/** Graph's `crossOrganizationUserMapping` as a request brings it: who a user of the source is in the target. */
export const userMappingSchema = z.strictObject({
  sourceOrganizationId: guidSchema.optional(),
  userType: z.enum(['regularUser', 'adminUser', 'guestUser']).optional(),
  sourceUserIdentity: z.strictObject({ userPrincipalName: principalNameSchema }),
  targetUserIdentity: z.strictObject({ userPrincipalName: principalNameSchema }),
  targetUserMigrationData: z.strictObject({ email: principalNameSchema }).optional(),
});
export type UserMapping = z.infer<typeof userMappingSchema>;

/** Graph's `crossOrganizationGroupMapping` as a request brings it. */
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

/** A request to move OneDrives, groups and sites, as `POST /migrations` and the queue `migration-requests` take it. */
export const sharePointRequestSchema = z.strictObject({
  kind: z.literal('sharePoint'),
  name: usersRequestSchema.shape.name,
  /** Must be the source tenant that the app is set up for. */
  sourceTenantId: guidSchema.optional(),
  /** Graph's own parameter objects, one for each thing to move. */
  tasks: z
    .array(sharePointParametersSchema)
    .min(1, 'must name at least one task')
    .max(4_000, 'may name 4,000 tasks; split the request'),
  /** Each task is validated before anything is created; those that fail are recorded as invalid, the others go on. */
  validateFirst: z.boolean().default(false),
  /** Nothing is created: each task ends as validated or invalid. */
  validateOnly: z.boolean().default(false),
  /** Who asks. The same person cannot approve. */
  requestedBy: usersRequestSchema.shape.requestedBy,
  /** With `required`, nothing is created before somebody else has approved; no answer in time means no. */
  approval: usersRequestSchema.shape.approval,
  /** Written to the target's identity map, and read back, before anything else happens. */
  identityMappings: identityMappingsSchema.optional(),
  /** What becomes of the request when a source is in another migration or was moved by one, as for users. */
  onConflict: usersRequestSchema.shape.onConflict,
  /** Moves everything in the request although a migration has moved it before. */
  moveAgain: usersRequestSchema.shape.moveAgain,
  /** The identity mapping of each user and group must be there, and name the same target, before its task is created. */
  checkIdentityMappings: z.boolean().default(false),
});
export type SharePointRequest = z.infer<typeof sharePointRequestSchema>;

/** Everything that `POST /migrations` and the queue `migration-requests` take, told apart by `kind`. */
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
