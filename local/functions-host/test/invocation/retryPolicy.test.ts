import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../clock/steppedClock.ts';
import type { Invocation } from '../../invocation/invocation.ts';
import { invokeWithRetry, retryDelayMs, retryPolicyOf } from '../../invocation/retryPolicy.ts';

const registered = { name: 'f', functionId: 'f', bindings: {} };
const invocation: Invocation = { functionName: 'f', inputData: [], triggerMetadata: {} };

describe('retry policies', () => {
  it('are read from the registration of the library', () => {
    expect(retryPolicyOf(registered)).toBeUndefined();
    const policy = retryPolicyOf({
      ...registered,
      retryOptions: {
        retryStrategy: 'exponentialBackoff',
        maxRetryCount: 5,
        minimumInterval: { seconds: 4 },
        maximumInterval: { seconds: 20 },
      },
    });
    expect(
      policy === undefined ? [] : [1, 2, 3, 4, 60].map((count) => retryDelayMs(policy, count)),
    ).toEqual([4000, 8000, 16_000, 20_000, 20_000]);
    expect(() =>
      retryPolicyOf({ ...registered, retryOptions: { retryStrategy: 'never', maxRetryCount: 1 } }),
    ).toThrow(/function 'f': its retry policy/);
  });

  it('retry without limit at -1, until the function succeeds or the host stops', async () => {
    const clock = new SteppedClock(0);
    const policy = {
      retryStrategy: 'fixedDelay' as const,
      maxRetryCount: -1,
      delayInterval: { seconds: 10 },
    };
    let calls = 0;
    const stop = new AbortController();
    const running = invokeWithRetry(invocation, {
      policy,
      clock,
      signal: stop.signal,
      invoke: ({ retryContext }) => {
        calls += 1;
        expect(retryContext).toMatchObject({ retryCount: calls - 1, maxRetryCount: -1 });
        return Promise.resolve({ ok: false, error: new Error('no') });
      },
    });
    for (let step = 0; step < 50; step += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.step();
    }
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect(await running).toMatchObject({ ok: false });
    expect(calls).toBe(51);
    expect(clock.now()).toBe(500_000);
    expect(clock.nextAtMs()).toBeUndefined();
  });
});
