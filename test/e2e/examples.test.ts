import { TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationDetail } from '../../local/demo/apiClient.ts';
import { followMigrations } from '../../local/demo/followMigrations.ts';
import { sendWaves } from '../../local/demo/sendExamples.ts';
import type { ListedTask } from '../../shared/contracts/responses.ts';
import type { OutcomeEvent } from '../../shared/contracts/outcomeEvent.ts';
import { expectedFailures } from './exampleFailures.ts';
import { takeOutcomeMessages } from './outcomeMessages.ts';
import { originMs, startTestStack, type TestStack } from './testStack.ts';

let running: TestStack;
let migrations: readonly MigrationDetail[];
let tasks: ListedTask[];
let events: OutcomeEvent[];
beforeAll(async () => {
  running = await startTestStack();
  const { stack, api } = running;
  migrations = await followMigrations({
    api,
    names: await sendWaves(api, stack.connectionString, originMs + 36 * 3_600_000),
    nowMs: () => stack.clock.now(),
    show: () => undefined,
    deadlineMs: performance.now() + 120_000,
    signal: new AbortController().signal,
  });
  tasks = (await Promise.all(migrations.map(({ id }) => api.tasks(id)))).flat();
  events = await takeOutcomeMessages(stack.connectionString);
}, 240_000);
afterAll(() => running.stop(), 60_000);

describe('the examples', () => {
  it('end for every user as the scenario decrees', () => {
    const expected = expectedFailures();
    const good = (task: ListedTask): string =>
      task.migrationId.startsWith('wave08') ? 'validated' : 'succeeded';
    expect(tasks).toHaveLength(290);
    for (const task of tasks) {
      const failure = expected.get(task.taskId);
      expect(task.outcome, task.taskId).toBe(failure?.outcome ?? good(task));
      const codes = task.services.flatMap(({ errors }) => errors.map(({ code }) => code));
      expect([...new Set(codes)].sort(), task.taskId).toEqual([...(failure?.codes ?? [])].sort());
    }
    expect(tasks.filter(({ taskId }) => expected.has(taskId))).toHaveLength(expected.size);
  });

  it('tell of every user who did not succeed who can fix it, how, and whether to retry', () => {
    const troubled = tasks.filter(({ outcome }) => outcome === 'failed' || outcome === 'invalid');
    expect(troubled.length).toBeGreaterThan(0);
    for (const { services, failure } of troubled) {
      const errors = services.flatMap((service) => service.errors);
      expect(errors.length).toBeGreaterThan(0);
      expect(
        errors.every(
          ({ known, meaning, step }) => known && meaning.length > 10 && step.length > 10,
        ),
      ).toBe(true);
      expect(failure?.codes).toEqual([...new Set(errors.map(({ code }) => code))]);
      expect(failure?.whoCanFix.length).toBeGreaterThan(0);
    }
  });

  it('say of each migration how many users failed for how few reasons', () => {
    for (const { id, failures, failureSummary } of migrations) {
      const troubled = tasks.filter(
        ({ migrationId, failure }) => migrationId === id && failure !== null,
      );
      const codes = new Set(troubled.flatMap(({ failure }) => failure?.codes ?? []));
      expect(new Set(failures.map(({ code }) => code))).toEqual(codes);
      for (const { code, users, exampleTaskIds } of failures) {
        const own = troubled
          .filter(({ failure }) => failure?.codes.includes(code))
          .map(({ taskId }) => taskId);
        expect(users, code).toBe(own.length);
        expect(own, code).toEqual(expect.arrayContaining(exampleTaskIds));
      }
      expect(failureSummary).toMatch(
        new RegExp(`^${String(troubled.length)} users?, ${String(codes.size)} reasons?`),
      );
    }
  });

  it('are on record in storage as the app tells them', async () => {
    const table = TableClient.fromConnectionString(running.stack.connectionString, 'tasks', {
      allowInsecureConnection: true,
    });
    const stored = new Map<string, string>();
    for await (const row of table.listEntities<{ taskId: string; outcome: string }>()) {
      // Where the tasks are: another partition.
      if (row.partitionKey?.endsWith('.index') === true) continue;
      stored.set(`${row.partitionKey ?? ''} ${row.taskId}`, row.outcome);
    }
    expect(stored).toEqual(
      new Map(
        tasks.map(({ migrationId, taskId, outcome }) => [`${migrationId} ${taskId}`, outcome]),
      ),
    );
  });

  it('add up: the counts of batches and migrations are those of their users', () => {
    for (const migration of migrations) {
      const own = tasks.filter(({ migrationId }) => migrationId === migration.id);
      expect(own).toHaveLength(migration.taskCount);
      for (const outcome of ['succeeded', 'failed', 'invalid', 'validated', 'cancelled'] as const) {
        expect(migration.counts[outcome]).toBe(
          own.filter((task) => task.outcome === outcome).length,
        );
        for (const batch of migration.batches) {
          expect(batch.counts[outcome]).toBe(
            own.filter((task) => task.batchId === batch.batchId && task.outcome === outcome).length,
          );
        }
      }
    }
    expect(migrations.map(({ batches }) => batches.map(({ taskCount }) => taskCount))).toEqual([
      [100, 100, 50],
      [40],
    ]);
  });

  it('put one CloudEvent per finished batch and migration into the outcome queue, with the counts', () => {
    const expected = migrations.flatMap(({ id, phase, counts, batches }) => [
      ...batches.map((batch) => ({
        subject: `${id}/${batch.batchId}`,
        type: 'tenant-ferry.batch.finished',
        phase: batch.phase,
        counts: batch.counts,
      })),
      { subject: id, type: 'tenant-ferry.migration.finished', phase, counts },
    ]);
    const seen = events.map(({ subject, type, data }) =>
      'phase' in data
        ? { subject, type, phase: data.phase, counts: data.counts }
        : { subject, type },
    );
    const bySubject = (a: { subject: string }, b: { subject: string }): number =>
      a.subject < b.subject ? -1 : 1;
    expect(seen.sort(bySubject)).toEqual(expected.sort(bySubject));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it('can be had as CSV, one row a user', async () => {
    const id = migrations[0]?.id ?? '';
    const response = await running.fetch(
      `${running.stack.apiUrl}/migrations/${id}/tasks?outcome=invalid`,
      { headers: { accept: 'text/csv' } },
    );
    expect(response.headers.get('content-type')).toContain('text/csv');
    const [head, ...rows] = (await response.text()).trimEnd().split('\n');
    expect(head).toContain('taskId,sourceUserPrincipalName,outcome');
    expect(rows.map((row) => row.split(',')[2]).sort()).toEqual(
      tasks
        .filter(({ migrationId, outcome }) => migrationId === id && outcome === 'invalid')
        .map(({ taskId }) => taskId)
        .sort(),
    );
  });
});
