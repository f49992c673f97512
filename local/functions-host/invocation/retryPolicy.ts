import { z } from 'zod';
import type { Clock } from '../../clock/clock.ts';
import { errorMessage, HostStartError } from '../errors.ts';
import type { Invocation, InvocationOutcome, Invoke, RegisteredFunction } from './invocation.ts';

const interval = z.looseObject({ seconds: z.coerce.number().min(0) });
const policySchema = z.discriminatedUnion('retryStrategy', [
  z.looseObject({
    retryStrategy: z.literal('fixedDelay'),
    maxRetryCount: z.int().min(-1),
    delayInterval: interval,
  }),
  z.looseObject({
    retryStrategy: z.literal('exponentialBackoff'),
    maxRetryCount: z.int().min(-1),
    minimumInterval: interval,
    maximumInterval: interval,
  }),
]);
/** How often a failed run is repeated (-1: without limit), and after which delay. */
export type RetryPolicy = z.infer<typeof policySchema>;

/**
 * Returns the retry policy of a function; undefined when it has none.
 * @throws HostStartError when it is not valid
 */
export function retryPolicyOf({ name, retryOptions }: RegisteredFunction): RetryPolicy | undefined {
  if (retryOptions === undefined) return undefined;
  const parsed = policySchema.safeParse(retryOptions);
  if (parsed.success) return parsed.data;
  throw new HostStartError(
    `function '${name}': its retry policy is not valid: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}

/** Returns the delay before retry number `retryCount`; the first retry is 1. */
export function retryDelayMs(policy: RetryPolicy, retryCount: number): number {
  if (policy.retryStrategy === 'fixedDelay') return policy.delayInterval.seconds * 1000;
  const { minimumInterval, maximumInterval } = policy;
  return Math.min(minimumInterval.seconds * 2 ** (retryCount - 1), maximumInterval.seconds) * 1000;
}

/**
 * Runs a function until it succeeds or its policy allows no more retries. The abort signal ends the
 * wait for a retry.
 */
export async function invokeWithRetry(
  invocation: Invocation,
  {
    policy,
    invoke,
    clock,
    signal,
  }: {
    readonly policy: RetryPolicy | undefined;
    readonly invoke: Invoke;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<InvocationOutcome> {
  if (policy === undefined) return invoke(invocation);
  const { maxRetryCount } = policy;
  let exception: NonNullable<Invocation['retryContext']>['exception'];
  for (let retryCount = 0; ; retryCount += 1) {
    const outcome = await invoke({
      ...invocation,
      retryContext: {
        retryCount,
        maxRetryCount,
        ...(exception === undefined ? {} : { exception }),
      },
    });
    if (outcome.ok || signal.aborted || (maxRetryCount >= 0 && retryCount >= maxRetryCount))
      return outcome;
    const { error } = outcome;
    exception = {
      source: '',
      message: errorMessage(error),
      stackTrace: error instanceof Error ? (error.stack ?? '') : '',
    };
    const hasElapsed = await wait(clock, retryDelayMs(policy, retryCount + 1), signal);
    if (!hasElapsed) return outcome;
  }
}

/**
 * Waits on the clock. Resolves with true after the delay, with false when the signal comes first.
 */
function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onAbort = (): void => {
      cancel();
      resolve(false);
    };
    const cancel = clock.schedule(clock.now() + delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
