import { z } from 'zod';
import { chainPositionSchema } from './audit.ts';
import { batchIdSchema, migrationIdSchema } from './ids.ts';
import { finalPhaseSchema, personNeedSchema } from './migration.ts';
import { problemFieldSchema } from './problem.ts';
import { outcomeCountsSchema } from './task.ts';

const finished = {
  migrationId: migrationIdSchema,
  name: z.string(),
  phase: finalPhaseSchema,
  counts: outcomeCountsSchema,
  message: z.string().nullable(),
};

/** What is on record of a batch at the time of the event. */
const recorded = {
  migrationId: migrationIdSchema,
  name: z.string(),
  batchId: batchIdSchema,
  jobId: z.string().nullable(),
  counts: outcomeCountsSchema,
};

const envelope = {
  specversion: z.literal('1.0'),
  /** The same event has the same id however often it is sent: receivers drop what they have seen. */
  id: z.string(),
  source: z.literal('/tenant-ferry'),
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
};

/** What has happened to a migration or a message, before it is put on record. */
export const outcomeEventSchema = eventSchema(envelope);
export type OutcomeEvent = z.infer<typeof outcomeEventSchema>;

/**
 * A CloudEvents 1.0 message in the queue `migration-outcomes`: the event, with its place in the audit trail as extension attributes. Whoever
 * keeps the messages can tell later whether the trail was cut or rewritten.
 */
export const outcomeMessageSchema = eventSchema({
  ...envelope,
  auditsequence: chainPositionSchema.shape.sequence,
  audithash: chainPositionSchema.shape.hash,
});
export type OutcomeMessage = z.infer<typeof outcomeMessageSchema>;

function eventSchema<Envelope extends typeof envelope>(envelope: Envelope) {
  return z.discriminatedUnion('type', [
    z.strictObject({
      ...envelope,
      type: z.literal('tenant-ferry.batch.finished'),
      data: z.strictObject({ ...finished, batchId: batchIdSchema, jobId: z.string().nullable() }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('tenant-ferry.migration.finished'),
      data: z.strictObject({ ...finished, validateOnly: z.boolean() }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('tenant-ferry.person.needed'),
      data: z.strictObject({
        migrationId: migrationIdSchema,
        name: z.string(),
        batchId: batchIdSchema,
        jobId: z.string().nullable(),
        need: personNeedSchema,
        message: z.string(),
      }),
    }),
    z.strictObject({
      ...envelope,
      /** Graph has not shown a job for seven days, or does not have it any more: its users have the outcome `unknown`. */
      type: z.literal('tenant-ferry.outcome.unknown'),
      data: z.strictObject({ ...recorded, sinceAt: z.string(), message: z.string() }),
    }),
    z.strictObject({
      ...envelope,
      /** A job whose users had the outcome `unknown` is in sight again: they are pending again, and get the outcome that Graph reports. */
      type: z.literal('tenant-ferry.outcome.corrected'),
      data: z.strictObject({ ...recorded, jobStatus: z.string() }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('tenant-ferry.approval.requested'),
      data: z.strictObject({
        migrationId: migrationIdSchema,
        name: z.string(),
        /** The request for approval, and whom it covers. */ approvalId: z.string(),
        taskCount: z.int(),
        tasksHash: z.string(),
        deadlineAt: z.string(),
      }),
    }),
    z.strictObject({
      ...envelope,
      /** Nothing new is created or migrated in any migration from now on, or work goes on. `since`: when the freeze began. */
      type: z.enum(['tenant-ferry.frozen', 'tenant-ferry.unfrozen']),
      data: z.strictObject({ since: z.string() }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('tenant-ferry.request.rejected'),
      data: z.strictObject({
        rejectionId: z.string(),
        code: z.string(),
        detail: z.string(),
        errors: z.array(problemFieldSchema),
        /** How often the message was refused so far. */
        count: z.int().min(0),
      }),
    }),
  ]);
}
