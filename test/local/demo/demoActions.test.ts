import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ApiClient } from '../../../local/demo/apiClient.ts';
import { DemoActions } from '../../../local/demo/demoActions.ts';
import { sampleMigration } from './sample.ts';

const hourMs = 3_600_000;
const cutoverAtMs = Date.parse('2026-11-21T20:00:00Z');
const migration = sampleMigration({
  name: 'wave10',
  completeAfterDateTime: new Date(cutoverAtMs).toISOString(),
});
const bodySchema = z.object({ completeAfterDateTime: z.iso.datetime() });

/** Executes what is due when the stack's clock shows `nowMs`; returns the cutover date that is asked for. */
async function rescheduledTo(nowMs: number): Promise<number | undefined> {
  let toMs: number | undefined;
  const api = new ApiClient('http://127.0.0.1/api', (url, init) => {
    if (url.endsWith('/reschedule'))
      toMs = Date.parse(
        bodySchema.parse(JSON.parse(z.string().parse(init?.body))).completeAfterDateTime,
      );
    return Promise.resolve(Response.json({}, { status: 202 }));
  });
  await new DemoActions(
    api,
    () => nowMs,
    () => undefined,
  ).executeDue([migration]);
  return toMs;
}

describe('the reschedule of the demo', () => {
  it('postpones the cutover by six hours', async () => {
    expect(await rescheduledTo(cutoverAtMs - 36 * hourMs)).toBe(cutoverAtMs + 6 * hourMs);
  });

  it('asks for a date that lies well ahead when the machine was slow', async () => {
    for (const lateHours of [-18, 5, 7, 48]) {
      const nowMs = cutoverAtMs + lateHours * hourMs;
      expect(await rescheduledTo(nowMs)).toBeGreaterThanOrEqual(nowMs + 24 * hourMs);
    }
  });
});
