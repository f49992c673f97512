import { z } from 'zod';

/** The types of the actions in an orchestrator's state (Durable extension protocol). */
export const actionTypes = {
  callActivity: 0,
  callActivityWithRetry: 1,
  callSubOrchestrator: 2,
  callSubOrchestratorWithRetry: 3,
  continueAsNew: 4,
  createTimer: 5,
  waitForExternalEvent: 6,
  whenAny: 11,
  whenAll: 12,
} as const;

const retryOptionsSchema = z.object({
  firstRetryIntervalInMilliseconds: z.number(),
  maxNumberOfAttempts: z.number(),
  backoffCoefficient: z.number().nullish(),
  maxRetryIntervalInMilliseconds: z.number().nullish(),
});
/** The retry options of a call. */
export type RetryOptions = z.infer<typeof retryOptionsSchema>;

/** One action. Which members it has depends on `actionType`. */
export interface Action {
  readonly actionType: number;
  readonly functionName?: string | undefined;
  readonly input?: unknown;
  readonly instanceId?: string | null | undefined;
  readonly version?: string | null | undefined;
  readonly retryOptions?: RetryOptions | undefined;
  readonly fireAt?: string | undefined;
  readonly isCanceled?: boolean | undefined;
  readonly externalEventName?: string | undefined;
  readonly compoundActions?: readonly Action[] | undefined;
}

const actionSchema: z.ZodType<Action> = z.lazy(() =>
  z.object({
    actionType: z.number(),
    functionName: z.string().optional(),
    input: z.unknown().optional(),
    instanceId: z.string().nullish(),
    version: z.string().nullish(),
    retryOptions: retryOptionsSchema.optional(),
    fireAt: z.string().optional(),
    isCanceled: z.boolean().optional(),
    externalEventName: z.string().optional(),
    compoundActions: z.array(actionSchema).optional(),
  }),
);

/** The schema of the state that an orchestrator returns at the end of its turn. */
export const orchestratorStateSchema = z.object({
  isDone: z.boolean(),
  actions: z.array(z.array(actionSchema)),
  output: z.unknown().optional(),
  error: z.string().optional(),
  failureDetails: z.looseObject({}).nullish(),
  customStatus: z.unknown().optional(),
  schemaVersion: z.number().optional(),
});
/** The state that an orchestrator returns at the end of its turn. */
export type OrchestratorState = z.infer<typeof orchestratorStateSchema>;
