import { z } from 'zod';
import { batchIdSchema, migrationIdSchema } from './ids.ts';

/** What is put on record; `by` only where a person or program has asked for it. Graph's texts stay out, because they may name people. */
export const auditEntrySchema = z.object({
  /** The same happening has the same id, however often it is put on record. */
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

/** An entry in its place: `GET /migrations/{id}/events` answers with these, and the table `events` holds them. */
export const auditEventSchema = auditEntrySchema.extend({
  migrationId: z.string(),
  /** 1, 2, 3, … without a gap. */
  sequence: z.int().min(1),
  previousHash: z.string(),
  /**
   * SHA-256, in hex, over the previous hash and everything above: an event cannot be changed, taken out or put in unseen, as long as those after it stay as
   * they are. That the end was cut off, or all was written anew, only shows against the anchors.
   */
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

/** The place of an event in its chain. Whoever keeps it outside of the table `events` can tell later whether the chain still has that event. */
export const chainPositionSchema = auditEventSchema.pick({ sequence: true, hash: true });
export type ChainPosition = z.infer<typeof chainPositionSchema>;

/** The chain of refused messages, which belong to no migration. No migration has this id: every id ends in a hyphen and ten digits. */
export const rejectionsChain = 'rejections';

/** The chain of every freeze and unfreeze, which belong to no migration either. */
export const freezeChain = 'freezes';

/** True for a chain that belongs to no migration. */
export function isChainOfItsOwn(chain: string): boolean {
  return chain === rejectionsChain || chain === freezeChain;
}

/** A line of a blob in the container `audit-anchors`: the place of an outcome event in its chain. `migrationId` is `rejections` for refused messages, and `freezes` for freezes. */
export const auditAnchorSchema = chainPositionSchema.extend({
  migrationId: migrationIdSchema,
  at: z.iso.datetime(),
});
export type AuditAnchor = z.infer<typeof auditAnchorSchema>;
