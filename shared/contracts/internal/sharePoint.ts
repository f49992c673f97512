import { z } from 'zod';
import { guidSchema, migrationIdSchema } from '../ids.ts';
import { batchRefSchema, inSight, sightSchema } from './batch.ts';

/**
 * The inputs and results of the orchestrations and activities of SharePoint tasks. The parameters
 * of a task stay in storage; histories contain ids only. Members that another release added are
 * dropped, and members with defaults may be absent.
 */
const taskRefSchema = batchRefSchema.extend({ taskId: guidSchema });
export type TaskRef = z.infer<typeof taskRefSchema>;

/** What every activity of a SharePoint task receives about the calling orchestration. */
const turn = {
  /**
   * The run of the batch that the orchestration belongs to, and how often it had been restarted.
   */
  run: z.int(),
  restarts: z.int(),
  /** Since when the operation has been retried, in epoch milliseconds; null for a first try. */
  delayedSinceMs: z.number().nullable().default(null),
  /** Since when Graph has refused every look-up of the source; null if it refused none. */
  refusedSinceMs: z.number().nullable().default(null),
  /** True if the previous turn was the first one without an unexpected error. */
  recovered: z.boolean().default(false),
  /** The orchestration that receives the wake-up event when a command arrives. */
  waiterId: z.string().nullable().default(null),
};
const taskTurnSchema = taskRefSchema.extend(turn);
export type TaskTurn = z.infer<typeof taskTurnSchema>;

const sight = sightSchema.default(inSight);

const retryAfter = z.object({ kind: z.literal('retryAfter'), seconds: z.number() });
/** Nothing remains to do: the task has its outcome, or a newer orchestration replaced this one. */
const ended = z.object({ kind: z.literal('ended') });
const done = z.object({ kind: z.literal('done') });
/** Graph refused the look-up of the source. */
const isRefused = { isRefused: z.boolean().default(false) };
/**
 * `full`: nothing was created and the quota was released. `commands`: because a command arrived.
 */
const full = z.object({
  kind: z.literal('full'),
  /** The wait that Graph asks for, or 0. */
  seconds: z.number().default(0),
  commands: z.boolean().default(false),
  /** The migration is paused or a freeze is in force: that time does not count as a delay. */
  isHeld: z.boolean().default(false),
  ...isRefused,
});
/** Graph does not show a task that it has or may have. */
const notSeen = z.object({
  kind: z.literal('notSeen'),
  sight: sightSchema,
  seconds: z.number(),
  /** Graph asked for the wait: no command is tried before it is over. */
  throttled: z.boolean().default(false),
  /** The batch has commands without a result or with the result `unconfirmed`. */
  commands: z.boolean(),
});

/**
 * `validate`: tasks to check before anything is created. `migrate`: tasks to create, or created and
 * not known to have ended.
 */
export const listSharePointTasksInputSchema = batchRefSchema.extend({
  stage: z.enum(['validate', 'migrate']),
});
/** `begun`: a task of the run holds quota or is in Graph already. */
export const listSharePointTasksResultSchema = z.object({
  tasks: z.array(
    z.object({
      taskId: guidSchema,
      number: z.int(),
      checkMapping: z.boolean(),
      validate: z.boolean(),
    }),
  ),
  begun: z.boolean().default(false),
});

/** Enough time has passed for Graph to show what it has. */
const isLast = z.boolean().default(false);
export const validateSharePointTaskInputSchema = taskTurnSchema.extend({
  checkMapping: z.boolean(),
  validate: z.boolean(),
  isLast,
});
export const validateSharePointTaskResultSchema = z.discriminatedUnion('kind', [
  retryAfter,
  ended,
  z.object({ kind: z.literal('done') }),
]);

/**
 * `graphTaskId`: the task that this run has created already. `paused`: the migration is paused or a
 * freeze is in force. `commands`: there is a command for the batch.
 */
export const takeQuotaInputSchema = taskTurnSchema;
export const takeQuotaResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), graphTaskId: z.string().nullable().default(null) }),
  ended,
  z.object({ kind: z.enum(['full', 'paused', 'commands']) }),
]);

export const createSharePointTaskInputSchema = taskTurnSchema.extend({
  sight,
  /** When the look-up before found no task, in epoch milliseconds; null if it did not. */
  lookedUpAtMs: z.number().nullable().default(null),
});
export const createSharePointTaskResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('created'), graphTaskId: z.string() }),
  full,
  notSeen,
  /** `sight`: since when no look-up has shown the task that an earlier create may have created. */
  retryAfter.extend({ ...isRefused, sight }),
  ended,
]);

export const pollSharePointTaskInputSchema = taskTurnSchema.extend({
  graphTaskId: z.string(),
  seen: z.string().nullable(),
  sight,
  /** The last retry that began the task again. */
  retriedBy: z.string().nullable().default(null),
});
/**
 * `seen` stands for what was recorded; nothing is written while it stays the same. `startMs`: the
 * earliest start. `again`: the task is gone and a retry asks for a new one.
 */
export const pollSharePointTaskResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('on'),
    status: z.string(),
    seen: z.string(),
    startMs: z.number().nullable(),
    commands: z.boolean(),
  }),
  z.object({ kind: z.literal('again'), retriedBy: z.string() }),
  notSeen,
  ended,
]);

const askedSeconds = z.number().default(0);
/**
 * `unconfirmed`: a command was tried on a task that Graph does not show, and is tried again at the
 * next status check. `askedSeconds`: the wait that Graph asks for; nothing is sent before it is
 * over. `retryAfter`: a command has no result yet, and is tried again after `seconds`.
 */
export const handleSharePointCommandsResultSchema = z.discriminatedUnion('kind', [
  done.extend({ unconfirmed: z.boolean().default(false), askedSeconds }),
  retryAfter.extend({ askedSeconds }),
]);

/** The next identity mappings to write. */
export const mappingsInputSchema = z.object({
  migrationId: migrationIdSchema,
  list: z.enum(['users', 'groups']),
  start: z.int(),
  tries: z.int(),
  /** The last of a series of unexpected errors. */
  fault: z.string().nullable().default(null),
  /** Since when written mappings cannot be read back, in epoch milliseconds. */
  missingSinceMs: z.number().nullable().default(null),
});
export type MappingsInput = z.input<typeof mappingsInputSchema>;
/**
 * `next`: where the following entries start; null at the end of the list. `missing`: the entries
 * were written and cannot be read yet.
 */
export const writeMappingsResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), next: z.int().nullable() }),
  z.object({ kind: z.literal('missing'), count: z.int() }),
  z.object({ kind: z.literal('rejected'), reason: z.string() }),
  z.object({ kind: z.literal('paused') }),
  retryAfter,
]);
export const mappingsResultSchema = z.object({ failure: z.string().nullable() });

/** The state of a SharePoint task's orchestration from one generation to the next. */
export const sharePointTaskInputSchema = taskRefSchema.extend({
  /**
   * `validate` ends before anything is created. `queue`, `create` and `watch` follow each other.
   */
  stage: z.enum(['validate', 'queue', 'create', 'watch']),
  run: turn.run,
  restarts: turn.restarts,
  checkMapping: z.boolean(),
  validate: z.boolean(),
  /** Generations in this stage. */
  polls: z.int(),
  /** Unexpected errors in a row. */
  faults: z.int(),
  recovered: turn.recovered,
  delayedSinceMs: turn.delayedSinceMs,
  refusedSinceMs: turn.refusedSinceMs,
  /** Until when Graph asked to wait, in epoch milliseconds. Commands are handled meanwhile. */
  askedUntilMs: z.number().nullable().default(null),
  /** Since when Graph has not shown the task. */
  sight,
  /** When a look-up of the source last found no task after a create, in epoch milliseconds. */
  lookedUpAtMs: z.number().nullable().default(null),
  retriedBy: z.string().nullable().default(null),
  graphTaskId: z.string().nullable(),
  seen: z.string().nullable(),
});
export type SharePointTaskInput = z.infer<typeof sharePointTaskInputSchema>;
