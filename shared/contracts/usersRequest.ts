import { z } from 'zod';
import { guidSchema } from './ids.ts';
import { allWorkloads, workloadSchema } from './workload.ts';

/** One user to move: the target user's object id, with the source address where the caller wants it on record. */
export const requestedUserSchema = z.union(
  [
    guidSchema.transform((targetUserId) => ({ targetUserId })),
    z.strictObject({
      targetUserId: guidSchema,
      sourceUserPrincipalName: z.string().min(3).max(320).regex(/^[^\s@]+@[^\s@]+$/, 'must be a user principal name').optional(),
    }),
  ],
);
export type RequestedUser = z.infer<typeof requestedUserSchema>;

export const exchangeSettingsSchema = z.strictObject({
  sourceEndpoint: z.string().min(1).max(256),
  targetDeliveryDomain: z.string().min(3).max(255).regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a domain name'),
});
export type ExchangeSettings = z.infer<typeof exchangeSettingsSchema>;

/** A request to move users, as `POST /migrations` and the queue `migration-requests` take it. */
export const usersRequestSchema = z.strictObject({
  kind: z.literal('users'),
  name: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/, 'may hold letters, digits, blanks, and _ . - and starts with a letter or digit'),
  sourceTenantId: guidSchema,
  users: z.array(requestedUserSchema).min(1, 'must name at least one user').max(100_000),
  workloads: z.array(workloadSchema).min(1).default([...allWorkloads]),
  exchangeSettings: exchangeSettingsSchema.optional(),
  /** The earliest cutover. Left out: as soon as the mailboxes are in sync. */
  completeAfterDateTime: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant with Z or an offset' }).optional(),
  validateOnly: z.boolean().default(false),
  /** Who asks. The same person cannot approve. */
  requestedBy: z.string().min(1).max(256).optional(),
  /** With `required`, nothing cuts over before somebody else has approved; no answer in time means no. */
  approval: z.strictObject({ required: z.boolean().default(true), timeoutHours: z.int().min(1).max(720).default(72) }).optional(),
  /** What becomes of a batch with users who fail validation: they are recorded, the others go on in a fresh job. */
  onInvalid: z.literal('continueWithout').default('continueWithout'),
});
export type UsersRequest = z.infer<typeof usersRequestSchema>;

/**
 * What can be made out of a request that is bad somewhere: members that cannot be read are null, so that the rules
 * between members are checked all the same and the caller hears of everything at once.
 */
export const readableRequestSchema = z.object({
  users: z.array(requestedUserSchema.nullable().catch(null)).catch([]),
  workloads: z.array(workloadSchema.nullable().catch(null)).default([...allWorkloads]).catch([]),
  exchangeSettings: z.unknown().optional(),
  completeAfterDateTime: usersRequestSchema.shape.completeAfterDateTime.catch(undefined),
});
export type ReadableRequest = z.infer<typeof readableRequestSchema>;
