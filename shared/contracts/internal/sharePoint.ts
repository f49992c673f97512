import { z } from 'zod';
import { guidSchema, migrationIdSchema } from '../ids.ts';
import { batchRefSchema, inSight, sightSchema } from './batch.ts';

/**
 * What the orchestrations of SharePoint tasks and their activities say to each other. A move is one SharePoint task of a
 * migration; its parameters stay in storage, the histories hold ids only. Members that another release has added are dropped, and members that
 * it does not know have defaults.
 */
export const taskRefSchema = batchRefSchema.extend({ taskId: guidSchema });
export type TaskRef = z.infer<typeof taskRefSchema>;

/** What every activity of a move is told about the orchestration that calls it. */
const turn = {
  /** The run of the batch that the orchestration belongs to, and how often it had been restarted; a run of 0 where an older version has begun it. */
  run: z.int().default(0),
  restarts: z.int().default(0),
  /** Since when the operation is tried again, epoch milliseconds; null for a first try. */
  delayedSinceMs: z.number().nullable().default(null),
  /** The turn before was the first one without an unexpected error. */
  recovered: z.boolean().default(false),
  /** The orchestration that receives the wake-up event when a command arrives. */
  waiterId: z.string().nullable().default(null),
};
export const taskTurnSchema = taskRefSchema.extend(turn);
export type TaskTurn = z.infer<typeof taskTurnSchema>;

const sight = sightSchema.default(inSight);

const retryAfter = z.object({ kind: z.literal('retryAfter'), seconds: z.number() });
/** Nothing is left to do: the task has its outcome, or another orchestration has taken it over. */
const ended = z.object({ kind: z.literal('ended') });
const done = z.object({ kind: z.literal('done') });
/** `full`: nothing was created and the place in the queue is given back; `commands`: because somebody has asked something. */
const full = z.object({
  kind: z.literal('full'),
  /** How long Graph asks to wait; 0 where it says nothing. */ seconds: z.number().default(0),
  commands: z.boolean().default(false),
  /** The migration is paused or everything is frozen: that time does not count as a delay. */ isHeld:
    z.boolean().default(false),
});
/** Graph does not show a task that it has, or may have. */
const notSeen = z.object({
  kind: z.literal('notSeen'),
  sight: sightSchema,
  seconds: z.number(),
  /** Graph has asked for the wait: no command is tried before it is over. */ throttled: z
    .boolean()
    .default(false),
  /** The batch has commands that are not answered, or answered with `unconfirmed`. */ commands:
    z.boolean(),
});

/** `validate`: what has to be checked before anything is created; `move`: what is to be created, or was and is not known to have ended. */
export const listSharePointTasksInputSchema = batchRefSchema.extend({
  stage: z.enum(['validate', 'migrate']),
});
/** `begun`: a task of the run is in the queue of moves or at Graph already. */
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

/** `graphTaskId`: the task that this run has created already. `paused`: the migration is, or a freeze is in force. `commands`: somebody has asked something of the batch. */
export const takeQuotaInputSchema = taskTurnSchema;
export const takeQuotaResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), graphTaskId: z.string().nullable().default(null) }),
  ended,
  z.object({ kind: z.enum(['full', 'paused', 'commands']) }),
]);

/** `beforeId`: the source's last task, which had ended before this move; null when there was none. */
export const findSharePointTaskInputSchema = taskTurnSchema;
export const findSharePointTaskResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready'), beforeId: z.string().nullable() }),
  z.object({ kind: z.literal('created'), graphTaskId: z.string() }),
  full,
  retryAfter,
  ended,
]);

export const createSharePointTaskInputSchema = taskTurnSchema.extend({
  beforeId: z.string().nullable(),
  /** An earlier try may have taken effect. */ isCreateUnknown: z.boolean(),
  isLast,
  sight,
});
/** `isCreateUnknown`: it may have taken effect; the next try looks first. `frozen`: a freeze is in force, nothing was sent, and an earlier try may have taken effect. */
export const createSharePointTaskResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('created'), graphTaskId: z.string() }),
  z.object({
    kind: z.literal('unknown'),
    /** How long Graph asks to wait; 0 where it says nothing. */ seconds: z.number().default(0),
  }),
  full,
  notSeen,
  z.object({ kind: z.literal('frozen') }),
  retryAfter,
  ended,
]);

export const pollSharePointTaskInputSchema = taskTurnSchema.extend({
  graphTaskId: z.string(),
  seen: z.string().nullable(),
  sight,
  /** The last retry that has begun the task again. */ retriedBy: z
    .string()
    .nullable()
    .default(null),
});
/**
 * `seen` stands for what has been written down; nothing is written while it stays the same. `startMs`: the earliest start. `again`: the task is
 * gone and a retry asks for another one.
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
 * `unconfirmed`: a command was tried on a task that Graph does not show, and is tried again at the next status check. `askedSeconds`: Graph has
 * asked for that wait, and nothing is sent before it is over. `retryAfter`: a command has no result yet, and is tried again after `seconds`.
 */
export const handleSharePointCommandsResultSchema = z.discriminatedUnion('kind', [
  done.extend({ unconfirmed: z.boolean().default(false), askedSeconds }),
  retryAfter.extend({ askedSeconds }),
]);

/** Which of the request's identity mappings come next. */
export const mappingsInputSchema = z.object({
  migrationId: migrationIdSchema,
  list: z.enum(['users', 'groups']),
  start: z.int(),
  tries: z.int(),
  /** The last fault of the app or of storage in a row. */
  fault: z.string().nullable().default(null),
  /** Since when the map has not shown what it was given, epoch milliseconds. */
  missingSinceMs: z.number().nullable().default(null),
});
export type MappingsInput = z.input<typeof mappingsInputSchema>;
/** `next`: where the following ones start; null at the end of the list. `missing`: they were written and cannot be read yet. */
export const writeMappingsResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), next: z.int().nullable() }),
  z.object({ kind: z.literal('missing'), count: z.int() }),
  z.object({ kind: z.literal('rejected'), reason: z.string() }),
  z.object({ kind: z.literal('paused') }),
  retryAfter,
]);
export const mappingsResultSchema = z.object({ failure: z.string().nullable() });

/** All that the orchestration of a move carries from one generation to the next. */
export const sharePointTaskInputSchema = taskRefSchema.extend({
  /** `validate` ends before anything is created; `queue`, `find`, `create` and `watch` follow each other. */
  stage: z.enum(['validate', 'queue', 'find', 'create', 'watch']),
  run: turn.run,
  restarts: turn.restarts,
  checkMapping: z.boolean(),
  validate: z.boolean(),
  /** Generations so far in this stage. */
  polls: z.int(),
  /** How often in a row storage was out of reach, or something else went wrong that nobody expects. */
  faults: z.int(),
  recovered: turn.recovered,
  delayedSinceMs: turn.delayedSinceMs,
  /** Until when Graph has asked to be left alone, epoch milliseconds; commands are heard meanwhile. */
  askedUntilMs: z.number().nullable().default(null),
  /** Whether the source has been looked up; `beforeId` is what was found. */
  found: z.boolean(),
  beforeId: z.string().nullable(),
  /** A create may have taken effect unseen. */
  isCreateUnknown: z.boolean(),
  /** Since when Graph has not shown the task. */
  sight,
  retriedBy: z.string().nullable().default(null),
  graphTaskId: z.string().nullable(),
  seen: z.string().nullable(),
});
export type SharePointTaskInput = z.infer<typeof sharePointTaskInputSchema>;
