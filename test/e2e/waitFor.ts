import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again, every `pauseMs` real milliseconds, until the answer is not undefined; throws what `what` waits for after `seconds`. */
export async function waitFor<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  seconds = 60,
  pauseMs = 20,
): Promise<Answer> {
  const deadlineMs = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadlineMs)
      throw new Error(`waited ${String(seconds)} seconds in vain for ${what}`);
    await sleep(pauseMs);
  }
}
