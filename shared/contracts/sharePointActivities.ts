import { z } from 'zod';
import { batchRefSchema } from './activities.ts';
import { guidSchema, migrationIdSchema } from './ids.ts';

/**
 * What the orchestrations of SharePoint tasks and their activities say to each other. A move is one SharePoint task of a
 * migration; its parameters stay in storage, the histories hold ids only.
 */
export const moveRefSchema = batchRefSchema.extend({ taskId: guidSchema });
export type MoveRef = z.infer<typeof moveRefSchema>;

/** `waiterId`: the orchestration that looks, whose bell a command must ring. */
const waiter = { waiterId: z.string() };
const retryAfter = z.strictObject({ kind: z.literal('retryAfter'), seconds: z.number() });
/** The task has its outcome: nothing is left to do. */
const ended = z.strictObject({ kind: z.literal('ended') });
const done = z.strictObject({ kind: z.literal('done') });

/** `validate`: what has to be checked before anything is created; `move`: what is to be created. */
export const listMovesInputSchema = batchRefSchema.extend({ stage: z.enum(['validate', 'move']) });
export const listMovesResultSchema = z.strictObject({
  moves: z.array(z.strictObject({ taskId: guidSchema, number: z.int(), checkMapping: z.boolean(), validate: z.boolean() })),
});

export const validateMoveInputSchema = moveRefSchema.extend({ checkMapping: z.boolean(), validate: z.boolean() });
export const validateMoveResultSchema = z.discriminatedUnion('kind', [retryAfter, ended, z.strictObject({ kind: z.literal('done') })]);

/** `commands`: somebody has asked something of the batch. */
export const takeSlotInputSchema = moveRefSchema.extend(waiter);
export const takeSlotResultSchema = z.discriminatedUnion('kind', [
  done,
  ended,
  z.strictObject({ kind: z.enum(['full', 'paused', 'commands']) }),
]);

/** `beforeId`: the source's last task, which had ended before this move; null when there was none. */
export const findMoveResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready'), beforeId: z.string().nullable() }),
  z.strictObject({ kind: z.literal('created'), graphTaskId: z.string() }),
  retryAfter,
  ended,
]);

/** There have been looks enough: what Graph says now is believed. */
const isLast = z.boolean().default(false);
export const findMoveInputSchema = moveRefSchema.extend({ isLast });
export const createMoveInputSchema = moveRefSchema.extend({ beforeId: z.string().nullable(), /** An earlier try may have taken effect. */ doubtful: z.boolean(), isLast });
/** `doubtful`: it may have taken effect; the next try looks first. `full`: nothing was created and the place is given back. */
export const createMoveResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('created'), graphTaskId: z.string() }),
  z.strictObject({ kind: z.enum(['doubtful', 'full']), /** How long Graph asks to wait; 0 where it says nothing. */ seconds: z.number().default(0) }),
  retryAfter,
  ended,
]);

export const readMoveInputSchema = moveRefSchema.extend({ graphTaskId: z.string(), seen: z.string().nullable(), ...waiter });
/** `seen` stands for what has been written down; nothing is written while it stays the same. `startMs`: the earliest start. */
export const readMoveResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('on'), status: z.string(), seen: z.string(), startMs: z.number().nullable(), commands: z.boolean() }),
  z.strictObject({ kind: z.enum(['notFound', 'rejected']), reason: z.string() }),
  retryAfter.extend({ reason: z.string().default('no answer') }),
  ended,
]);

export const failMoveInputSchema = moveRefSchema.extend({ reason: z.string() });
export const obeyMovesResultSchema = z.discriminatedUnion('kind', [done, retryAfter]);

/** Which of the request's identity mappings come next. */
export const mappingsInputSchema = z.strictObject({
  migrationId: migrationIdSchema,
  list: z.enum(['users', 'groups']),
  start: z.int(),
  tries: z.int(),
});
export type MappingsInput = z.infer<typeof mappingsInputSchema>;
/** `next`: where the following ones start; null at the end of the list. `missing`: they were written and cannot be read yet. */
export const writeMappingsResultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('done'), next: z.int().nullable() }),
  z.strictObject({ kind: z.literal('missing'), count: z.int() }),
  z.strictObject({ kind: z.literal('rejected'), reason: z.string() }),
  z.strictObject({ kind: z.literal('paused') }),
  retryAfter,
]);
export const mappingsResultSchema = z.strictObject({ failure: z.string().nullable() });

export const moveDoneSchema = done;

/** All that the orchestration of a move carries from one generation to the next. */
export const moveInputSchema = moveRefSchema.extend({
  /** `validate` ends before anything is created; `queue`, `find`, `create` and `watch` follow each other. */
  stage: z.enum(['validate', 'queue', 'find', 'create', 'watch']),
  checkMapping: z.boolean(),
  validate: z.boolean(),
  /** Generations so far in this stage. */
  looks: z.int(),
  /** How often in a row storage was out of reach, or something else went wrong that nobody expects. */
  faults: z.int(),
  /** Whether the source has been looked up; `beforeId` is what was found. */
  found: z.boolean(),
  beforeId: z.string().nullable(),
  /** A create may have taken effect unseen. */
  doubtful: z.boolean(),
  /** Looks in a row at which Graph did not know the task. */
  missing: z.int(),
  /** Since when no look at it has been answered, epoch milliseconds; null when the last one was. */
  unseenSinceMs: z.number().nullable().default(null),
  graphTaskId: z.string().nullable(),
  seen: z.string().nullable(),
});
export type MoveInput = z.infer<typeof moveInputSchema>;
