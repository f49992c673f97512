import { afterEach, describe, expect, it } from 'vitest';
import { installClock } from '../../../local/clock/installClock.ts';

const nowMs = Date.parse('2031-02-03T04:05:06.789Z');
const original = globalThis.Date;
let uninstall: () => void = () => undefined;
afterEach(() => {
  uninstall();
});

function install(): void {
  uninstall = installClock({ now: () => nowMs, schedule: () => () => undefined });
}

describe('installClock', () => {
  it('gives the present instant of the clock', () => {
    install();
    expect([Date.now(), new Date().getTime(), Date()]).toEqual([
      nowMs,
      nowMs,
      new original(nowMs).toString(),
    ]);
  });

  it('leaves everything else of a date as it is', () => {
    install();
    expect(new Date(5).getTime()).toBe(5);
    expect(new Date(2020, 1, 2).getMonth()).toBe(1);
    expect([Date.parse('1970-01-01T00:00:01Z'), Date.UTC(1970), Date.name, Date.length]).toEqual([
      1_000,
      0,
      'Date',
      7,
    ]);
    expect(
      new Date() instanceof Date &&
        new Date() instanceof original &&
        new original() instanceof Date,
    ).toBe(true);
  });

  it('gives a class that extends Date the instant, and its own methods', () => {
    install();
    class Day extends Date {
      get text(): string {
        return this.toISOString().slice(0, 10);
      }
    }
    expect([new Day().text, new Day(0).text]).toEqual(['2031-02-03', '1970-01-01']);
    expect(new Day() instanceof Day).toBe(true);
  });

  it('puts the original back', () => {
    install();
    expect(Date).not.toBe(original);
    uninstall();
    expect(Date).toBe(original);
  });
});
