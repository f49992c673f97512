import { describe, expect, it } from 'vitest';
import {
  completeAfterMs,
  day,
  hour,
  minute,
  TestGraph,
  userId,
} from '../../../local/graph-emulator/test/testGraph.ts';
import {
  accepts,
  batchPhaseOf,
  endsWatch,
  isCancelling,
  isMigrating,
  isUnderWay,
  isValidating,
  isValidationUnderWay,
  type JobAction,
  jobStatuses,
} from '../../../shared/domain/lifecycle.ts';

// Microsoft's documentation of the lifecycle, as the emulator of Graph implements it, is the
// measure here: nothing repeats the tables of the file under test.

const afterValidate = [0, 2 * minute, 5 * minute];
const invalid = { workloads: ['Meeting'] };

/** Brings a job into a status. */
type Script = (graph: TestGraph) => Promise<string>;

const validating =
  (elapsedMs: number): Script =>
  async (graph) => {
    const id = await graph.created();
    await graph.act(id, 'validate');
    graph.clock.advance(elapsedMs);
    return id;
  };
const migrating =
  (atMs: number): Script =>
  async (graph) => {
    const id = await graph.migrating();
    graph.advanceTo(atMs);
    return id;
  };
const cancelled =
  (elapsedMs: number): Script =>
  async (graph) => {
    const id = await graph.created();
    await graph.act(id, 'cancel');
    graph.clock.advance(elapsedMs);
    return id;
  };
const deleted =
  (elapsedMs: number): Script =>
  async (graph) => {
    const id = await cancelled(hour)(graph);
    await graph.call('DELETE', `/${id}`);
    graph.clock.advance(elapsedMs);
    return id;
  };

const fails = (n: number): object => ({
  id: userId(n),
  failed: [{ workload: 'Teams', code: 'CTTM-001' }],
});
const end = completeAfterMs + day;

/** Every status that Graph's lifecycle shows by itself, and how a job comes to it. */
const jobs: readonly {
  readonly status: string;
  readonly job: Script;
  readonly scenario?: Record<string, unknown>;
}[] = [
  { status: 'submitted', job: (graph) => graph.created() },
  { status: 'validateSubmitted', job: validating(0) },
  { status: 'validateProcessing', job: validating(2 * minute) },
  { status: 'validateInProgress', job: validating(5 * minute) },
  { status: 'validatePassed', job: (graph) => graph.validated() },
  { status: 'validateFailed', job: (graph) => graph.validated(invalid) },
  { status: 'processing', job: (graph) => graph.migrating() },
  { status: 'inProgress', job: migrating(completeAfterMs - day) },
  {
    status: 'adminActionRequired',
    job: migrating(completeAfterMs - day),
    scenario: { jobs: [{ user: userId(1), stuckIn: 'adminActionRequired' }] },
  },
  { status: 'cuttingOver', job: migrating(completeAfterMs + minute) },
  { status: 'completed', job: migrating(end) },
  { status: 'completedWithErrors', job: migrating(end), scenario: { users: [fails(1)] } },
  { status: 'failed', job: migrating(end), scenario: { users: [fails(1), fails(2)] } },
  { status: 'pendingCancel', job: cancelled(0) },
  { status: 'cancelled', job: cancelled(hour) },
  { status: 'pendingDelete', job: deleted(0) },
  { status: 'deleted', job: deleted(day), scenario: { switches: { deletedStaysVisible: true } } },
];

/** What Graph says to an action: true when it accepts it. */
async function isAccepted(graph: TestGraph, id: string, action: JobAction): Promise<boolean> {
  const reply =
    action === 'delete'
      ? await graph.call('DELETE', `/${id}`)
      : await graph.post(`/${id}/${action === 'renew' ? 'validate' : action}`);
  expect([200, 202, 404, 409], reply.text).toContain(reply.status);
  return reply.status < 300;
}

/**
 * The different statuses that a job shows from now on: polled every two minutes, and after an hour
 * every hour.
 */
async function course(graph: TestGraph, id: string): Promise<readonly string[]> {
  const seen = [await graph.status(id)];
  const pauses = [...Array<number>(30).fill(2 * minute), ...Array<number>(3 * 24).fill(hour)];
  for (const pauseMs of pauses) {
    graph.clock.advance(pauseMs);
    const status = await graph.status(id);
    if (status !== seen.at(-1)) seen.push(status);
  }
  return seen;
}

describe.each(jobs)('a job that is $status', ({ status, job, scenario = {} }) => {
  // Graph accepts another delete while it deletes. There is no reason to send it.
  const actions = (['validate', 'migrate', 'cancel', 'delete'] as const).filter(
    (action) => status !== 'pendingDelete' || action !== 'delete',
  );
  it.each(actions)('is sent %s exactly where Graph accepts it', async (action) => {
    const graph = new TestGraph({ scenario });
    const id = await job(graph);
    expect(await graph.status(id)).toBe(status);
    expect(accepts(status, action)).toBe(await isAccepted(graph, id, action));
  });
});

describe('a validation that is older than seven days', () => {
  it('is renewed, because Graph no longer accepts migrate', async () => {
    const graph = new TestGraph();
    const id = await graph.validated();
    graph.clock.advance(8 * day);
    expect(await isAccepted(graph, id, 'migrate')).toBe(false);
    expect(accepts(await graph.status(id), 'renew')).toBe(true);
    expect(await isAccepted(graph, id, 'renew')).toBe(true);
  });

  it.each(jobs.filter(({ status }) => status !== 'validatePassed'))(
    'is not renewed while the job is $status',
    ({ status }) => {
      expect(accepts(status, 'renew')).toBe(false);
    },
  );
});

describe('a status that nobody has published', () => {
  it('accepts nothing, ends no watch and changes no phase', () => {
    for (const action of ['validate', 'renew', 'migrate', 'cancel', 'delete'] as const)
      expect(accepts('frobnicating', action)).toBe(false);
    for (const goal of ['validated', 'migrated', 'cancelled'] as const)
      expect(endsWatch(goal, 'frobnicating')).toBe(false);
    expect(batchPhaseOf('frobnicating')).toBeUndefined();
  });
});

describe('a watch', () => {
  it.each([
    ['passes', {}, 'validatePassed'],
    ['fails', invalid, 'validateFailed'],
  ])('for a validation that %s ends with its result, not before', async (_, changes, result) => {
    const graph = new TestGraph();
    const id = await graph.created(changes);
    await graph.act(id, 'validate');
    const shown = await course(graph, id);
    expect(shown.filter((status) => endsWatch('validated', status))).toEqual([result]);
  });

  it.each([
    ['completed', {}],
    ['completedWithErrors', { users: [fails(1)] }],
    ['failed', { users: [fails(1), fails(2)] }],
  ])('for a migration ends when it is %s, not before', async (result, scenario) => {
    const graph = new TestGraph({ scenario });
    const shown = await course(graph, await graph.migrating());
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.filter((status) => endsWatch('migrated', status))).toEqual([result]);
  });

  it('for a cancel ends when the job is cancelled, not while the cancel is under way', async () => {
    const graph = new TestGraph();
    const shown = await course(graph, await cancelled(0)(graph));
    expect(shown).toEqual(['pendingCancel', 'cancelled']);
    expect(shown.filter((status) => endsWatch('cancelled', status))).toEqual(['cancelled']);
  });

  it('for a migration goes on while an administrator has to act', async () => {
    const stuck = { user: userId(1), stuckIn: 'adminActionRequired' };
    const graph = new TestGraph({ scenario: { jobs: [stuck] } });
    const shown = await course(graph, await graph.migrating());
    expect(shown.at(-1)).toBe('adminActionRequired');
    expect(shown.some((status) => endsWatch('migrated', status))).toBe(false);
  });

  it.each(['validated', 'migrated', 'cancelled'] as const)(
    'for a job that is to be %s ends at every status in which the job does nothing any more',
    (goal) => {
      for (const status of ['completed', 'failed', 'cancelled', 'pendingDelete', 'deleted', 'gone'])
        expect(endsWatch(goal, status), status).toBe(true);
    },
  );

  it('for a validation ends when somebody else has started the migration', async () => {
    const graph = new TestGraph();
    const shown = await course(graph, await graph.migrating());
    expect(shown.every((status) => endsWatch('validated', status))).toBe(true);
  });
});

describe('after a call whose response was not received, the status shows whether it took effect', () => {
  it.each(afterValidate)('for validate, %i ms later', async (elapsedMs) => {
    const graph = new TestGraph();
    expect(isValidating(await graph.status(await graph.created()))).toBe(false);
    const other = new TestGraph();
    const status = await other.status(await validating(elapsedMs)(other));
    expect([isValidating(status), isValidationUnderWay(status)]).toEqual([true, true]);
  });

  it('for validate, also when the validation has ended', async () => {
    for (const changes of [{}, invalid]) {
      const graph = new TestGraph();
      const status = await graph.status(await graph.validated(changes));
      expect([isValidating(status), isValidationUnderWay(status)]).toEqual([true, false]);
    }
  });

  it('for migrate, until the end', async () => {
    const graph = new TestGraph();
    const id = await graph.validated();
    expect(isMigrating(await graph.status(id))).toBe(false);
    await graph.act(id, 'migrate');
    const shown = await course(graph, id);
    expect(shown.every(isMigrating)).toBe(true);
    expect(shown.filter((status) => !isUnderWay(status))).toEqual(['completed']);
  });

  it('for cancel, until the end', async () => {
    const graph = new TestGraph();
    expect(isCancelling(await graph.status(await graph.created()))).toBe(false);
    const other = new TestGraph();
    const shown = await course(other, await cancelled(0)(other));
    expect(shown.every(isCancelling)).toBe(true);
  });
});

describe('the phase of a batch', () => {
  const phases = (shown: readonly string[]): readonly unknown[] => {
    const seen = shown.map(batchPhaseOf).filter((phase) => phase !== undefined);
    return seen.filter((phase, n) => phase !== seen[n - 1]);
  };

  it('follows a migration from its creation to its end', async () => {
    const graph = new TestGraph();
    const id = await graph.created();
    const shown = [await graph.status(id)];
    await graph.act(id, 'validate');
    shown.push(...(await graph.statusesUntil(id, graph.clock.now() + hour)));
    await graph.act(id, 'migrate');
    shown.push(...(await course(graph, id)));
    expect(phases(shown)).toEqual([
      'creating',
      'validating',
      'syncing',
      'cuttingOver',
      'recording',
    ]);
  });

  it('follows a cancel', async () => {
    const graph = new TestGraph();
    expect(phases(await course(graph, await cancelled(0)(graph)))).toEqual(['cancelling']);
  });
});

describe('the statuses that are known', () => {
  it('include every one that Graph shows on these ways', () => {
    expect(jobStatuses).toEqual(expect.arrayContaining(jobs.map(({ status }) => status)));
  });
});
