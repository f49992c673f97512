import type { z } from 'zod';
import type { Interference, scenarioSchema } from '../../local/graph-emulator/index.ts';
import { type openWorld, user, type World } from '../orchestrations/world.ts';

type WorldOptions = NonNullable<Parameters<typeof openWorld>[0]>;

/** A kind of migration whose histories are kept: the world that it lives in, and what happens there. */
export interface Recording {
  readonly name: string;
  readonly options: WorldOptions;
  readonly play: (world: World) => Promise<void>;
}

const day = 86_400_000;
const start = Date.parse('2026-11-20T08:00:00Z');
const inDays = (days: number): string => new Date(start + days * day).toISOString();
const later = { completeAfterDateTime: inDays(6) };
const approval = (timeoutHours: number) => ({
  requestedBy: 'requester',
  approval: { required: true, timeoutHours },
});
const decided = { by: 'somebody else' };
const users = (...decrees: NonNullable<z.input<typeof scenarioSchema>['users']>): WorldOptions => ({
  scenario: { users: decrees },
});
const invalid = [{ workload: 'Teams' as const, code: 'CTM-100' }];
const failed = [{ workload: 'Exchange' as const, code: 'EXCH-08' }];
const site = (name: string, changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/${name}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/${name}`,
  ...changes,
});

async function passed(world: World, days: number): Promise<void> {
  await world.engine.settle(() => world.clock.now() >= start + days * day);
}

/** Steps until a batch of the migration is in this phase. */
async function reached(world: World, id: string, phase: string): Promise<void> {
  for (;;) {
    await world.engine.host.idle();
    if ((await world.stores.batches.list(id)).some((batch) => batch.phase === phase)) return;
    if (!world.clock.step()) throw new Error(`no batch ever became ${phase}`);
  }
}

/** Loses the answer to every third write. */
function losingAnswers(): Interference {
  let writes = 0;
  return {
    after: (request) => {
      if (request.method === 'GET' || request.url.includes('/oauth2/'))
        return Promise.resolve(undefined);
      writes += 1;
      return writes % 3 === 1
        ? Promise.reject(new Error('the connection was reset'))
        : Promise.resolve(undefined);
    },
  };
}

/** Answers every fifth call with 429. */
function throttling(): Interference {
  let calls = 0;
  return {
    before: (request) => {
      calls += 1;
      const refused = Response.json(
        { error: { code: 'TooManyRequests', message: 'slow down' } },
        { status: 429, headers: { 'retry-after': '900' } },
      );
      return Promise.resolve(
        calls % 5 === 0 && !request.url.includes('/oauth2/') ? refused : undefined,
      );
    },
  };
}

/** Refuses the first calls of every kind for long. */
function closed(): Interference {
  const calls = new Map<string, number>();
  return {
    before: (request) => {
      const what = `${request.method} ${new URL(request.url).pathname.replace(/[0-9a-f-]{36}/g, '')}`;
      calls.set(what, (calls.get(what) ?? 0) + 1);
      const refused = Response.json(
        { error: { code: 'TooManyRequests', message: 'slow down' } },
        { status: 429, headers: { 'retry-after': '3600' } },
      );
      return Promise.resolve(
        (calls.get(what) ?? 0) <= 6 && !what.includes('/oauth2/') ? refused : undefined,
      );
    },
  };
}

/** Loses the answer to the first create, and refuses to look for its job `times` times. */
function isCreateUnknown(times: number): Interference {
  let creates = 0;
  let polls = 0;
  return {
    before: (request) =>
      Promise.resolve(
        request.url.includes('displayName=') && (polls += 1) <= times
          ? Response.json({ error: { code: 'accessDenied', message: 'not now' } }, { status: 403 })
          : undefined,
      ),
    after: (request) =>
      request.method === 'POST' &&
      request.url.endsWith('/crossTenantMigrationJobs') &&
      (creates += 1) === 1
        ? Promise.reject(new Error('the connection was reset'))
        : Promise.resolve(undefined),
  };
}

/** Refuses to show a job, from its 40th status check to its 432nd. */
function hidden(): Interference {
  let reads = 0;
  return {
    before: (request) => {
      const isRead =
        request.method === 'GET' &&
        /crossTenantMigrationJobs\/[0-9a-f-]{36}$/.test(new URL(request.url).pathname);
      if (isRead) reads += 1;
      return Promise.resolve(
        isRead && reads > 40 && reads < 432
          ? Response.json({ error: { code: 'accessDenied', message: 'not now' } }, { status: 403 })
          : undefined,
      );
    },
  };
}

/** Accepts users, lets the batch come to a phase, asks, and lets it all end. */
function asked(
  name: string,
  phase: string,
  ask: (world: World, id: string) => Promise<unknown>,
  request: object = later,
  options: WorldOptions = {},
  count = 3,
): Recording {
  return {
    name,
    options,
    play: async (world) => {
      const id = await world.accept(count, request);
      await reached(world, id, phase);
      await ask(world, id);
      await world.engine.settle();
    },
  };
}

function ended(
  name: string,
  request: object = {},
  options: WorldOptions = {},
  count = 3,
): Recording {
  return {
    name,
    options,
    play: async (world) => {
      await world.accept(count, request);
      await world.engine.settle();
    },
  };
}

function moved(
  name: string,
  tasks: readonly object[],
  request: object = {},
  options: WorldOptions = {},
  meanwhile?: (world: World, id: string) => Promise<unknown>,
): Recording {
  return {
    name,
    options,
    play: async (world) => {
      const id = await world.acceptSharePoint(tasks, request);
      await meanwhile?.(world, id);
      await world.engine.settle();
    },
  };
}

/** Every kind of migration, each in a world of its own. */
export const recordings: readonly Recording[] = [
  ended('users', {}, { batchSize: 2 }, 5),
  ended(
    'users-on-few-lanes',
    {},
    { batchSize: 1, wrap: (services) => ({ ...services, maxParallelBatches: 2 }) },
    5,
  ),
  ended('validate-only', { validateOnly: true }, users({ id: user(2), invalid })),
  ended('fresh-job-without-invalid-users', {}, users({ id: user(2), invalid })),
  ended('nobody-valid', {}, users({ id: user(1), invalid }), 1),
  ended('failed-users', {}, users({ id: user(2), failed })),
  ended(
    'long-in-sync',
    {},
    { scenario: { jobs: [{ user: user(1), stuckIn: 'inProgress', stuckSeconds: 4 * 86_400 }] } },
  ),
  ended('lost-answers', {}, { interference: losingAnswers() }),
  ended('throttled', {}, { interference: throttling() }),
  ended('closed-for-hours', {}, { interference: closed() }),
  ended('looked-up-late', {}, { interference: isCreateUnknown(3) }),
  ended('approval-not-given', approval(48)),
  asked(
    'approved',
    'validating',
    async (world, id) => {
      await passed(world, 1);
      await world.ask(id, 'approve', decided);
    },
    approval(72),
    { batchSize: 2 },
    4,
  ),
  asked(
    'rejected',
    'validating',
    async (world, id) => {
      await passed(world, 1);
      await world.ask(id, 'reject', decided);
    },
    approval(72),
  ),
  asked(
    'expired-pass-renewed',
    'validating',
    async (world, id) => {
      await passed(world, 9);
      await world.ask(id, 'approve', decided);
    },
    approval(400),
  ),
  asked(
    'expired-pass-fresh-job',
    'validating',
    async (world, id) => {
      await passed(world, 9);
      await world.ask(id, 'approve', decided);
    },
    approval(400),
    { scenario: { switches: { revalidateExpired: false } } },
  ),
  asked(
    'held-and-revalidated',
    'held',
    (world, id) => world.ask(id, 'revalidate'),
    { onInvalid: 'hold' },
    users({ id: user(2), invalid, invalidTimes: 1 }),
  ),
  asked(
    'held-and-left-behind',
    'held',
    (world, id) => world.ask(id, 'revalidate', { continueWithout: true }),
    { onInvalid: 'hold' },
    users({ id: user(2), invalid }),
  ),
  ended(
    'held-for-nobody',
    { onInvalid: 'hold', holdTimeoutHours: 24 },
    users({ id: user(2), invalid }),
  ),
  asked(
    'retried-in-the-same-job',
    'failed',
    (world, id) => world.ask(id, 'retry'),
    {},
    { batchSize: 1, ...users({ id: user(2), failed, failedTimes: 1 }) },
  ),
  asked(
    'retried-in-a-fresh-job',
    'completedWithErrors',
    (world, id) => world.ask(id, 'retry'),
    {},
    users({ id: user(2), invalid }),
  ),
  asked(
    'looked-up-for-days',
    'creating',
    async (world, id) => {
      await passed(world, 8);
      await world.ask(id, 'cancel');
    },
    {},
    { interference: isCreateUnknown(400) },
  ),
  asked(
    'out-of-sight',
    'syncing',
    async (world, id) => {
      await passed(world, 8);
      await world.ask(id, 'cancel');
      await world.ask(id, 'retry');
    },
    { completeAfterDateTime: inDays(20) },
    { interference: hidden() },
  ),
  asked(
    'users-added',
    'syncing',
    (world, id) =>
      world.ask(id, 'addTasks', {
        users: [{ targetUserId: user(11) }, { targetUserId: user(12) }],
      }),
    later,
    { batchSize: 2 },
  ),
  asked(
    'users-added-to-the-job',
    'syncing',
    (world, id) => world.ask(id, 'addTasks', { users: [{ targetUserId: user(11) }] }),
    later,
    { userTaskWrites: true, scenario: { switches: { userTaskWrites: true } } },
  ),
  asked('cancelled-while-validated', 'validating', (world, id) => world.ask(id, 'cancel')),
  asked('cancelled-while-syncing', 'syncing', (world, id) => world.ask(id, 'cancel'), later, {
    batchSize: 2,
  }),
  asked('user-cancelled', 'syncing', (world, id) =>
    world.ask(id, 'cancelTask', { taskId: user(2) }),
  ),
  asked('rescheduled', 'syncing', (world, id) =>
    world.ask(id, 'reschedule', { completeAfterDateTime: inDays(9) }),
  ),
  asked('paused-and-resumed', 'validating', async (world, id) => {
    await world.ask(id, 'pause');
    await passed(world, 2);
    await world.ask(id, 'resume');
  }),
  asked(
    'jobs-deleted',
    'completed',
    async (world, id) => {
      await world.engine.settle();
      await world.ask(id, 'deleteJobs', decided);
    },
    {},
    { batchSize: 2 },
  ),
  ended('ended-by-others', {}, { scenario: { jobs: [{ user: user(1), fails: true }] } }),
  moved('sites', [site('a'), site('b')]),
  moved(
    'sites-validated-first',
    [site('bad'), site('good')],
    { validateFirst: true },
    {
      scenario: {
        sharePoint: {
          sources: [
            { source: 'sites/bad$', invalid: { code: 'MnASiteMoveTargetUrlHasWriteConflict' } },
          ],
        },
      },
    },
  ),
  moved('sites-validated-only', [site('a')], { validateOnly: true }),
  moved('sites-approved', [site('a')], approval(72), {}, async (world, id) => {
    await passed(world, 1);
    await world.ask(id, 'approve', decided);
  }),
  moved('sites-mapped', [site('a')], {
    identityMappings: {
      groups: [
        {
          sourceGroupIdentity: { id: user(1) },
          targetGroupIdentity: { id: user(2) },
          targetGroupMigrationData: { mailNickname: 'target-group' },
        },
      ],
    },
    checkIdentityMappings: true,
  }),
  moved('sites-in-a-full-queue', [site('a'), site('b')], {}, { maxQueuedMoves: 1 }),
  moved('sites-lost-answers', [site('a'), site('b')], {}, { interference: losingAnswers() }),
  moved(
    'sites-throttled',
    [site('a'), site('b')],
    { validateFirst: true },
    { interference: throttling() },
  ),
  moved(
    'sites-failed-and-retried',
    [site('a')],
    {},
    {
      scenario: {
        sharePoint: {
          sources: [
            { source: 'sites/a$', failed: { code: 'MnAMoveJobCreationFailed' }, failedTimes: 1 },
          ],
        },
      },
    },
    async (world, id) => {
      await world.engine.settle();
      await world.ask(id, 'retry');
    },
  ),
  moved(
    'sites-cancelled',
    [site('a', { preferredStartDateTime: inDays(4) }), site('b')],
    {},
    {},
    async (world, id) => {
      await passed(world, 1);
      await world.ask(id, 'cancel');
    },
  ),
  moved('sites-paused', [site('a'), site('b')], {}, { maxQueuedMoves: 1 }, async (world, id) => {
    await passed(world, 0.02);
    await world.ask(id, 'pause');
    await passed(world, 2);
    await world.ask(id, 'resume');
  }),
  moved(
    'sites-stuck',
    [site('slow')],
    {},
    {
      scenario: {
        sharePoint: {
          sources: [{ source: 'sites/slow', stuckIn: 'inProgress', stuckSeconds: 2 * 86_400 }],
        },
      },
    },
  ),
];
