import { describe, expect, it } from 'vitest';
import { all, completeAfterMs, day, hour, minute, TestGraph, userId } from '../testGraph.ts';
import { callsTo } from './faultLog.ts';

const plan = (fault: object) => ({ faults: { faults: [fault] } });

describe('a validation that starts by itself', () => {
  it('runs as if it had been asked for', async () => {
    const graph = new TestGraph(
      plan({ kind: 'validationByItself', operation: 'createJob', occurrence: 1 }),
    );
    const id = await graph.created();
    expect(await graph.status(id)).toBe('validateSubmitted');
    expect((await graph.post(`/${id}/validate`)).status).toBe(409);
    graph.clock.advance(10 * minute);
    expect(await graph.status(id)).toBe('validatePassed');
    expect((await callsTo(graph.emulator))[0]).toMatchObject({
      operation: 'createJob',
      fault: 'validationByItself',
      faultEffect: 'after',
      effect: `create ${id}`,
    });
  });
});

describe('a mailbox that never cuts over', () => {
  const held = { kind: 'mailboxNeverCutsOver', operation: 'migrateJob', occurrence: 1 };

  it('holds its job forever, while the other users complete', async () => {
    const graph = new TestGraph(plan(held));
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs + 60 * day);
    expect(await graph.status(id)).toBe('cuttingOver');
    const services = [await graph.services(id, userId(1)), await graph.services(id, userId(2))];
    expect(services).toContainEqual(all('synced'));
    expect(services).toContainEqual(all('completed'));
    expect((await graph.post(`/${id}/cancel`)).status).toBe(409);
  });

  it('continues after forSeconds', async () => {
    const graph = new TestGraph(plan({ ...held, forSeconds: 2 * 24 * 3_600 }));
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs + 2 * day - minute);
    expect(await graph.status(id)).toBe('cuttingOver');
    graph.advanceTo(completeAfterMs + 2 * day + 2 * hour);
    expect(await graph.status(id)).toBe('completed');
    expect(await graph.services(id, userId(1))).toEqual(all('completed'));
  });
});

describe('an action that an administrator must take', () => {
  it('holds a job for a time, in that migration only', async () => {
    const faults = plan({
      kind: 'adminActionRequired',
      operation: 'migrateJob',
      occurrence: 1,
      forSeconds: 3_600,
    });
    const scenario = {
      users: [{ id: userId(1), failed: [{ workload: 'Teams', code: 'CTTM-005' }], failedTimes: 1 }],
    };
    const graph = new TestGraph({ scenario, ...faults });
    const id = await graph.migrating();
    const first = await graph.statusesUntil(id, completeAfterMs + 2 * hour);
    expect(first).toEqual([
      'processing',
      'inProgress',
      'adminActionRequired',
      'inProgress',
      'cuttingOver',
      'completedWithErrors',
    ]);
    await graph.act(id, 'migrate');
    expect(await graph.statusesUntil(id, graph.clock.now() + 6 * hour)).toEqual([
      'processing',
      'inProgress',
      'cuttingOver',
      'completed',
    ]);
  });

  it('can last forever', async () => {
    const graph = new TestGraph(plan({ kind: 'adminActionRequired', rate: 1 }));
    const id = await graph.migrating();
    graph.advanceTo(completeAfterMs + 60 * day);
    expect(await graph.status(id)).toBe('adminActionRequired');
  });
});
