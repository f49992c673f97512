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

/** The state of a batch at the time of the event. */
const recorded = {
  migrationId: migrationIdSchema,
  name: z.string(),
  batchId: batchIdSchema,
  jobId: z.string().nullable(),
  counts: outcomeCountsSchema,
};

const envelope = {
  specversion: z.literal('1.0'),
  /**
   * Derived from what happened. A message that is sent twice has the same id, so receivers can drop
   * duplicates.
   */
  id: z.string(),
  source: z.literal('/tenant-ferry'),
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
};

/** Something that happened to a migration or a message, before it is added to the audit trail. */
export const outcomeEventSchema = eventSchema(envelope);
export type OutcomeEvent = z.infer<typeof outcomeEventSchema>;

/**
 * A CloudEvents 1.0 message in the queue `migration-outcomes`. Extension attributes hold the
 * event's position in the audit trail. A receiver that stores the messages can prove later that the
 * trail was truncated or rewritten.
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
      /**
       * The users of a job have the outcome `unknown`: Graph has not shown the job for seven days,
       * or no longer has it.
       */
      type: z.literal('tenant-ferry.outcome.unknown'),
      data: z.strictObject({ ...recorded, sinceAt: z.string(), message: z.string() }),
    }),
    z.strictObject({
      ...envelope,
      /**
       * Graph shows a job again whose users had the outcome `unknown`. They are pending again until
       * Graph reports an outcome.
       */
      type: z.literal('tenant-ferry.outcome.corrected'),
      data: z.strictObject({ ...recorded, jobStatus: z.string() }),
    }),
    z.strictObject({
      ...envelope,
      type: z.literal('tenant-ferry.approval.requested'),
      data: z.strictObject({
        migrationId: migrationIdSchema,
        name: z.string(),
        approvalId: z.string(),
        taskCount: z.int(),
        tasksHash: z.string(),
        deadlineAt: z.string(),
      }),
    }),
    z.strictObject({
      ...envelope,
      /** A freeze began or was lifted. `since`: when it began. */
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
        /** How often the message has been rejected. */
        count: z.int().min(0),
      }),
    }),
  ]);
}
