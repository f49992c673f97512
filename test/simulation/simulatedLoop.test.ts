import { afterEach, describe, expect, it } from 'vitest';
import { installLoop } from './installLoop.ts';
import { SeededRandom } from './seededRandom.ts';
import { SimulatedLoop } from './simulatedLoop.ts';

let uninstall: () => void = () => undefined;
afterEach(() => {
  uninstall();
});

function order(seed: number): Promise<string[]> {
  const loop = new SimulatedLoop(0, new SeededRandom(seed));
  const said: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) loop.soon(() => said.push(name));
  loop.schedule(5_000, () => said.push(`five at ${String(loop.now())}`));
  loop.schedule(2_000, () => {
    said.push(`two at ${String(loop.now())}`);
    loop.soon(() => said.push('soon after'));
  });
  loop.schedule(3_000, () => said.push('called off'))();
  return loop.run(100).then((isOver) => [...said, String(isOver)]);
}

describe('the simulated loop', () => {
  it('takes what is ready in the order that the seed draws, then what is due, earliest first', async () => {
    const said = await order(1);
    expect(said.slice(0, 4).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(said.slice(4)).toEqual(['two at 2000', 'soon after', 'five at 5000', 'true']);
    expect(await order(1)).toEqual(said);
    const orders = new Set(
      (await Promise.all([2, 3, 4, 5, 6].map(order))).map((one) => one.slice(0, 4).join('')),
    );
    expect(orders.size).toBeGreaterThan(1);
  });

  it('ends after so many pieces of work, however much is left', async () => {
    const loop = new SimulatedLoop(0, new SeededRandom(1));
    const again = (): void => loop.soon(again);
    again();
    expect(await loop.run(50)).toBe(false);
    expect(loop.steps).toBe(50);
  });

  it('is the clock, the timers and the source of ids of all code while it is installed, and of none after', async () => {
    const loop = new SimulatedLoop(Date.parse('2026-11-20T08:00:00Z'), new SeededRandom(1));
    const realMs = Date.now();
    uninstall = installLoop(loop, new SeededRandom(7));
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    const seen: string[] = [];
    setTimeout(() => seen.push(new Date().toISOString()), 86_400_000);
    clearTimeout(setTimeout(() => seen.push('called off'), 1_000));
    await loop.run(10);
    uninstall();
    expect(seen).toEqual(['2026-11-21T08:00:00.000Z']);
    expect(Date.now()).toBeGreaterThanOrEqual(realMs);
    expect(Date.now()).toBeLessThan(Date.parse('2100-01-01'));
    uninstall = installLoop(loop, new SeededRandom(7));
    expect([crypto.randomUUID(), crypto.randomUUID()]).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
