import { afterEach, expect, it } from 'vitest';
import type { Interference } from '../../local/graph-emulator/index.ts';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { site, tasksPath } from './sharePointSamples.ts';
import { openWorld, startMs, type World } from './world.ts';
import { hour } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const batches = 12;

/** How often the activities have read all that was asked of a migration, or of one batch, and how often they have looked in. */
interface Reads {
  book: number;
  readBatchLog: number;
  polls: number;
}

const counting = (read: Reads, looksIn: readonly string[]) => ({
  wrap: (services: ActivityServices): ActivityServices => {
    const { commands } = services.stores;
    return {
      ...services,
      stores: {
        ...services.stores,
        commands: {
          ...commands,
          readLog: (...given) => ((read.book += 1), commands.readLog(...given)),
          readBatchLog: (...given) => ((read.readBatchLog += 1), commands.readBatchLog(...given)),
        },
      },
    };
  },
  onInvoked: ({ functionName }: { readonly functionName: string }): void => {
    if (looksIn.includes(functionName)) read.polls += 1;
  },
});

/** Where all batches of a migration wait for days, and the activity that looks in each time. */
const waits = [
  { name: 'watch their jobs', request: {}, looksIn: 'pollJob' },
  {
    name: 'wait for an approval',
    request: { requestedBy: 'lee@fabrikam.com', approval: { required: true, timeoutHours: 200 } },
    looksIn: 'readCheckpoint',
  },
];

it.each(waits)(
  'many batches that $name ask once each time whether there is a command, and none reads all that was asked',
  async ({ request, looksIn }) => {
    const read: Reads = { book: 0, readBatchLog: 0, polls: 0 };
    world = await openWorld({ batchSize: 1, ...counting(read, [looksIn]) });
    const id = await world.accept(batches, {
      completeAfterDateTime: new Date(startMs + 100 * hour).toISOString(),
      ...request,
    });
    await world.engine.settle(() => world.clock.now() > startMs + 3 * hour);
    expect(
      await world.ask(id, 'reschedule', {
        completeAfterDateTime: new Date(startMs + 120 * hour).toISOString(),
      }),
    ).toMatchObject({ kind: 'accepted' });
    await world.engine.settle(() => world.clock.now() > startMs + 6 * hour);
    expect(await world.answers(id)).toEqual(['reschedule applied']);

    Object.assign(read, { book: 0, readBatchLog: 0, polls: 0 });
    await world.engine.settle(() => world.clock.now() > startMs + 24 * hour);
    expect(read.polls).toBeGreaterThan(batches * 30);
    expect([read.book, read.readBatchLog]).toEqual([0, read.polls]);
  },
);

const refusing = (method: string, path: RegExp): Interference => ({
  before: (request) =>
    Promise.resolve(
      request.method === method && path.test(new URL(request.url).pathname)
        ? new Response(null, { status: 503, headers: { 'retry-after': '60' } })
        : undefined,
    ),
});

/** Where SharePoint tasks wait for days. */
const moveWaits: readonly {
  readonly name: string;
  readonly options?: Parameters<typeof openWorld>[0];
  readonly request?: object;
  readonly looksIn: readonly string[];
}[] = [
  { name: 'are under way', looksIn: ['pollSharePointTask'] },
  {
    name: 'are not shown',
    options: { interference: refusing('GET', /[/]crossOrganizationMigrationTasks[/][^/(]+$/) },
    looksIn: ['pollSharePointTask'],
  },
  {
    name: 'wait for quota',
    options: { maxQueuedMoves: 3 },
    looksIn: ['takeQuota', 'pollSharePointTask'],
  },
  {
    name: 'cannot look their source up',
    options: { interference: refusing('GET', /getBy/i) },
    looksIn: ['createSharePointTask'],
  },
  {
    name: 'cannot be validated',
    options: { interference: refusing('POST', new RegExp(`${tasksPath}$`)) },
    request: { validateFirst: true },
    looksIn: ['validateSharePointTask'],
  },
];

it.each(moveWaits)(
  'SharePoint tasks that $name ask once each time whether there is a command, and none reads all that was asked',
  async ({ options, request, looksIn }) => {
    const read: Reads = { book: 0, readBatchLog: 0, polls: 0 };
    const stuck = {
      sharePoint: {
        sources: [{ source: 'sites/', stuckIn: 'notStarted' as const, stuckSeconds: 30 * 86_400 }],
      },
    };
    world = await openWorld({
      batchSize: batches / 2,
      scenario: stuck,
      ...options,
      ...counting(read, looksIn),
    });
    const id = await world.acceptSharePoint(
      Array.from({ length: batches }, (_, n) => site(`s${String(n)}`)),
      request,
    );
    await world.engine.settle(() => world.clock.now() > startMs + 3 * hour);
    Object.assign(read, { book: 0, readBatchLog: 0, polls: 0 });
    await world.engine.settle(() => world.clock.now() > startMs + 24 * hour);
    expect(read.polls).toBeGreaterThan(batches * 30);
    expect([read.book, read.readBatchLog]).toEqual([0, read.polls]);

    await world.ask(id, 'cancel');
    await world.engine.settle(() => world.clock.now() > startMs + 30 * hour);
    expect(await world.answers(id)).not.toEqual(['cancel pending']);
    expect(read.book).toBe(0);
  },
);
