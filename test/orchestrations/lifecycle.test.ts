import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { accepts, type JobAction, jobStatuses } from '../../shared/domain/lifecycle.ts';
import type { Job, JobClient } from '../../shared/graph/jobs.ts';
import type { GraphProblem, GraphResult } from '../../shared/graph/result.ts';
import { openWorld, user, type World } from './world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const problem: GraphProblem = {
  httpStatus: 409,
  code: 'Conflict',
  codes: ['Conflict'],
  message: '',
  requestId: 'r',
  clientRequestId: 'c',
};
const jobId = '0f1e2d3c-4b5a-4697-8877-665544332211';
const ends = ['completed', 'completedWithErrors', 'failed', 'cancelled', 'deleted'] as const;

interface Walk {
  /** What the job says of itself at each look: any status, also backwards, repeated and unknown. */
  readonly statuses: readonly string[];
  /** What each action is answered with. */
  readonly answers: readonly ('done' | 'conflict' | 'unknown' | 'retryAfter' | 'notFound')[];
  readonly end: (typeof ends)[number];
  readonly commands: readonly ('cancel' | 'pause' | 'resume' | 'none')[];
}

const walks: fc.Arbitrary<Walk> = fc.record({
  statuses: fc.array(
    fc.constantFrom(
      ...jobStatuses.filter((status) => !(ends as readonly string[]).includes(status)),
      'frobnicating',
      'unknownFutureValue',
    ),
    { minLength: 1, maxLength: 40 },
  ),
  answers: fc.array(
    fc.constantFrom(
      'done' as const,
      'conflict' as const,
      'unknown' as const,
      'retryAfter' as const,
      'notFound' as const,
    ),
    { minLength: 1, maxLength: 12 },
  ),
  end: fc.constantFrom(...ends),
  commands: fc.array(
    fc.constantFrom('cancel' as const, 'pause' as const, 'resume' as const, 'none' as const),
    { maxLength: 3 },
  ),
});

/** A Graph that walks at random; it writes down every action that the status it last showed forbids. */
function walkingClient({ statuses, answers, end }: Walk, illegal: string[]): JobClient {
  let polls = 0;
  let actions = 0;
  let shown = 'submitted';
  const job = (): Job => ({
    id: jobId,
    displayName: 'x',
    status: shown,
    message: '',
    completeAfterDateTime: null,
    sourceTenantId: null,
    resources: [],
    lastUpdatedDateTime: null,
  });
  const done = <T>(value: T): GraphResult<T> => ({ kind: 'done', value, requestId: 'r' });
  const act = (...allowed: JobAction[]): Promise<GraphResult<null>> => {
    if (!allowed.some((action) => accepts(shown, action)))
      illegal.push(`${allowed.join('|')} while ${shown}`);
    const answer = answers[actions++ % answers.length] ?? 'done';
    if (answer === 'done') return Promise.resolve(done(null));
    return Promise.resolve(
      answer === 'retryAfter' || answer === 'unknown'
        ? { kind: answer, seconds: 60, problem }
        : { kind: answer, problem },
    );
  };
  return {
    createJob: () => Promise.resolve(done(job())),
    findJobByName: () => Promise.resolve(done(job())),
    getJob: () => {
      shown = statuses[polls] ?? end;
      polls += 1;
      return Promise.resolve(done(job()));
    },
    validateJob: () => act('validate', 'renew'),
    migrateJob: () => act('migrate'),
    cancelJob: () => act('cancel'),
    createTask: () => Promise.resolve(done(null)),
    updateTask: () => Promise.resolve(done(null)),
    getTask: () => Promise.reject(new Error('not asked for')),
    deleteJob: () => Promise.reject(new Error('not asked for')),
    listJobs: () => Promise.resolve(done([job()])),
    countJobs: () => Promise.resolve(done(1)),
    countTasks: () => Promise.resolve(done(1)),
    updateJob: () => Promise.resolve(done(null)),
    cancelTask: () => Promise.resolve(done(null)),
    listJobTasks: () =>
      Promise.resolve(
        done([
          {
            id: user(1),
            lastUpdatedDateTime: null,
            services: [
              {
                service: 'Teams',
                status: shown === 'completed' ? 'completed' : 'failed',
                message: '',
                errors: [],
              },
            ],
          },
        ]),
      ),
    checkAccess: () => Promise.resolve(done(null)),
  };
}

describe('whatever a job says of itself', () => {
  it(
    'no call leaves the app that its status forbids, and every user ends with an outcome',
    { timeout: 180_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(walks, async (walk) => {
          const illegal: string[] = [];
          world = await openWorld({
            wrap: (services) => ({ ...services, jobs: walkingClient(walk, illegal) }),
          });
          const id = await world.accept(1);
          for (const command of walk.commands) {
            for (let steps = 0; steps < 5; steps += 1) {
              await world.engine.host.idle();
              world.clock.step();
            }
            if (command !== 'none') await world.ask(id, command);
          }
          await world.engine.host.idle();
          await world.ask(id, 'resume');
          await world.engine.settle();
          const { counts, phase } = await world.migration(id);
          expect(illegal).toEqual([]);
          expect([counts.pending, phase === 'running']).toEqual([0, false]);
          await world.close();
          world = undefined;
        }),
        { numRuns: 120, seed: 20261120 },
      );
    },
  );
});
