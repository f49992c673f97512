import { afterEach, describe, expect, it } from 'vitest';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { durations, hour, type Read, readOf, refusals, refusing } from './refusedReads.ts';
import { openWorld, startMs, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

/** Each read that can be refused, and what brings it about. */
const reads: readonly {
  readonly read: Read;
  readonly fromMs: number;
  readonly loses?: 'create';
  readonly lists?: 'nobody';
}[] = [
  { read: 'get job', fromMs: startMs + hour },
  { read: 'list users', fromMs: startMs },
  { read: 'get user', fromMs: startMs, lists: 'nobody' },
  { read: 'find job', fromMs: startMs, loses: 'create' },
];
const isCreate = (request: Request): boolean =>
  request.method === 'POST' && new URL(request.url).pathname.endsWith('/crossTenantMigrationJobs');

describe.each(reads)('$read', ({ read, fromMs, loses, lists }) => {
  describe.each(Object.entries(refusals))('answered with %s', (name, answer) => {
    it.each(Object.entries(durations))(
      '%s: the record is what is true in the end, and nobody is moved twice',
      { timeout: 180_000 },
      async (__, forMs) => {
        let creates = 0;
        const refused = refusing(() => world, [read], answer, fromMs, forMs);
        world = await openWorld({
          scenario:
            read === 'get job'
              ? { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 2 * 86_400 }] }
              : {},
          interference: {
            before: (request) => {
              if (lists === 'nobody' && readOf(request) === 'list users')
                return Promise.resolve(Response.json({ value: [] }));
              return refused.before(request);
            },
            after: (request) =>
              loses === 'create' && isCreate(request) && (creates += 1) === 1
                ? Promise.reject(new Error('the connection was reset'))
                : Promise.resolve(undefined),
          },
        });
        const id = await world.accept(2);
        await world.engine.settle();
        // A user whom Graph has said for a day not to know is recorded as unknown; nobody has failed.
        const isBelieved = read === 'get user' && forMs > 24 * hour && name === '404';
        const { counts } = await world.migration(id);
        if (isBelieved) expect(counts).toEqual({ ...noCounts, unknown: 2 });
        else expect(counts).toEqual({ ...noCounts, succeeded: 2 });
        const jobs = await world.jobs();
        expect(jobs.filter(({ status }) => status === 'completed')).toHaveLength(1);
        expect(jobs.every(({ status }) => status === 'completed' || status === 'cancelled')).toBe(
          true,
        );
      },
    );
  });
});
