import { z } from 'zod';
import { batchIdSchema, migrationIdSchema } from './ids.ts';

/**
 * An entry for the audit trail. `by` is set only if a person or program asked for the change.
 * Graph's texts are left out because they may name people.
 */
const auditEntrySchema = z.object({
  /** Derived from what happened, so that recording it again adds nothing. */
  eventId: z.string().min(1).max(256),
  type: z.string().min(1),
  at: z.string(),
  by: z.string().nullable(),
  batchId: batchIdSchema.nullable(),
  jobId: z.string().nullable(),
  taskId: z.string().nullable(),
  detail: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/**
 * An event of the audit trail, as the table `events` stores it and `GET /migrations/{id}/events`
 * returns it.
 */
export const auditEventSchema = auditEntrySchema.extend({
  migrationId: z.string(),
  /** 1, 2, 3, … without gaps. */
  sequence: z.int().min(1),
  previousHash: z.string(),
  /**
   * SHA-256, in hex, over the previous hash and all members above. It reveals that an event was
   * changed, removed or inserted before an event that is unchanged. To detect a truncated or
   * rewritten chain, compare it with the anchors.
   */
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

/**
 * The position of an event in its chain. A copy outside the table `events` proves later whether the
 * chain still has that event.
 */
export const chainPositionSchema = auditEventSchema.pick({ sequence: true, hash: true });
export type ChainPosition = z.infer<typeof chainPositionSchema>;

/**
 * The chain of rejected messages, which belong to no migration. It never equals a migration id,
 * because every id ends in a hyphen and ten hexadecimal digits.
 */
export const rejectionsChain = 'rejections';

/** The chain of every freeze and unfreeze, which belong to no migration. */
export const freezeChain = 'freezes';

/**
 * A line of a blob in the container `audit-anchors`: the position of an outcome event in its chain.
 * `migrationId` is `rejections` for rejected messages and `freezes` for freezes.
 */
export const auditAnchorSchema = chainPositionSchema.extend({
  migrationId: migrationIdSchema,
  at: z.iso.datetime(),
});
export type AuditAnchor = z.infer<typeof auditAnchorSchema>;
