import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CommandKind } from '../../shared/contracts/command.ts';
import type { Task } from '../../shared/contracts/task.ts';
import {
  addedMember,
  createReleases,
  type Release,
  type Releases,
} from '../simulation/nextRelease.ts';
import { person, site } from './sharePointSamples.ts';
import { openWorld, startMs, user, type World } from './world.ts';
import { hour } from './worldSteps.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const inHours = (hours: number): string => new Date(startMs + hours * hour).toISOString();
const instancesSchema = z.array(
  z.object({ instanceId: z.string(), runtimeStatus: z.string(), output: z.unknown() }),
);

/** The functions at whose first run another release takes over: one for each phase of a migration. */
const ofUsers = [
  'planMigration',
  'lane',
  'batch',
  'createJob',
  'validateJob',
  'watch',
  'pollJob',
  'readCheckpoint',
  'migrateJob',
  'recordTasks',
  'finishBatch',
  'finishMigration',
];
const ofSharePoint = [
  'planMigration',
  'sharePointBatch',
  'sharePointTask',
  'takeQuota',
  'createSharePointTask',
  'pollSharePointTask',
  'finishMigration',
];

/** Both releases; the next one writes each new word at every second occasion. */
function everySecond(): Releases {
  let count = 0;
  return createReleases(() => {
    count += 1;
    return count % 2 === 0;
  });
}

/** `first` until a function is run for the first time, and from that run on the other one. */
function deployedAt(
  functionName: string,
  first: Release,
  second: Release,
): (name: string) => Release {
  let isDeployed = false;
  return (name) => {
    isDeployed ||= name === functionName;
    return isDeployed ? second : first;
  };
}

/** Every orchestration that has not completed, with what it says. */
async function unfinished({ engine }: World): Promise<readonly string[]> {
  const answer = await engine.call('GET', 'instances?top=1000&showInput=false');
  return instancesSchema
    .parse(JSON.parse(answer.body))
    .flatMap(({ instanceId, runtimeStatus, output }) =>
      runtimeStatus === 'Completed'
        ? []
        : [`${instanceId} ${runtimeStatus} ${JSON.stringify(output)}`],
    );
}

/** The tasks as the next release reads them, which has written into their rows. */
async function tasksOf(
  { stores }: World,
  releases: Releases,
  id: string,
): Promise<readonly Task[]> {
  return (await releases.next.stores(stores).tasks.list(id, { pageSize: 1_000 })).items;
}

/** The rows from which the member that the next release has written into them is gone. */
async function impoverished(
  { stores }: World,
  { marked }: Releases,
  id: string,
): Promise<readonly string[]> {
  const rows = [
    ...(await stores.batches.list(id)).map((row) => ({ key: `batches ${id} ${row.batchId}`, row })),
    ...(await stores.tasks.list(id, { pageSize: 1_000 })).items.map((row) => ({
      key: `tasks ${id} ${row.batchId} ${row.taskId}`,
      row,
    })),
    { key: `migrations ${id}`, row: (await stores.migrations.get(id)) ?? {} },
  ];
  return rows.flatMap(({ key, row }) => (marked.has(key) && !(addedMember in row) ? [key] : []));
}

const directions = ['head to next', 'next to head'] as const;
const pairOf = (
  direction: (typeof directions)[number],
  { head, next }: Releases,
): readonly [Release, Release] => (direction === 'head to next' ? [head, next] : [next, head]);

describe.each(directions)('a deployment from %s', (direction) => {
  it.each(ofUsers)(
    'at the first %s moves the users and answers the commands',
    async (functionName) => {
      const releases = everySecond();
      world = await openWorld({
        batchSize: 2,
        release: deployedAt(functionName, ...pairOf(direction, releases)),
      });
      const id = await world.accept(3, {
        approval: { required: true, timeoutHours: 48 },
        requestedBy: 'lee@fabrikam.com',
        completeAfterDateTime: inHours(6),
      });
      const asked = await askOnTheWay(world, id, [
        { kind: 'cancelTask', members: { taskId: user(2) } },
        { kind: 'reschedule', members: { completeAfterDateTime: inHours(8) } },
        { kind: 'pause' },
        { kind: 'resume' },
        { kind: 'approve' },
      ]);
      await world.engine.settle();
      expect(await unfinished(world)).toEqual([]);
      expect(asked).toEqual([
        'cancelTask accepted',
        'reschedule accepted',
        'pause accepted',
        'resume accepted',
        'approve accepted',
      ]);
      expect(
        (await tasksOf(world, releases, id)).map(({ taskId, outcome }) => [taskId, outcome]),
      ).toEqual([1, 2, 3].map((n) => [user(n), n === 2 ? 'cancelled' : 'succeeded']));
      expect(await impoverished(world, releases, id)).toEqual([]);
      expect((await world.jobs()).map(({ status }) => status)).toEqual(['completed', 'completed']);
    },
  );

  it.each(ofSharePoint)(
    'at the first %s moves what a SharePoint request names',
    async (functionName) => {
      const releases = everySecond();
      world = await openWorld({
        release: deployedAt(functionName, ...pairOf(direction, releases)),
      });
      const id = await world.acceptSharePoint([site('IT'), site('HR'), person('kim')], {
        validateFirst: true,
      });
      await world.engine.settle();
      expect(await unfinished(world)).toEqual([]);
      expect((await tasksOf(world, releases, id)).map(({ outcome }) => outcome)).toEqual([
        'succeeded',
        'succeeded',
        'succeeded',
      ]);
      expect(await impoverished(world, releases, id)).toEqual([]);
    },
  );

  it('between a migration and its retry moves whoever had failed', async () => {
    const releases = everySecond();
    const [first, second] = pairOf(direction, releases);
    let release = first;
    world = await openWorld({
      scenario: {
        users: [
          { id: user(1), failed: [{ workload: 'Exchange', code: 'EXCH-08' }], failedTimes: 1 },
        ],
      },
      release: () => release,
    });
    const id = await world.accept(2);
    await world.engine.settle();
    release = second;
    expect((await world.ask(id, 'retry')).kind).toBe('accepted');
    await world.engine.settle();
    expect(await unfinished(world)).toEqual([]);
    expect((await tasksOf(world, releases, id)).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'succeeded',
    ]);
    expect(await impoverished(world, releases, id)).toEqual([]);
  });
});

it('two releases that share the work move the users and answer the commands', async () => {
  const releases = everySecond();
  let runs = 0;
  world = await openWorld({
    batchSize: 2,
    release: () => {
      runs += 1;
      return runs % 2 === 0 ? releases.head : releases.next;
    },
  });
  const id = await world.accept(3, { completeAfterDateTime: inHours(6) });
  const asked = await askOnTheWay(world, id, [
    { kind: 'reschedule', members: { completeAfterDateTime: inHours(8) } },
    { kind: 'cancelTask', members: { taskId: user(3) } },
  ]);
  await world.engine.settle();
  expect(await unfinished(world)).toEqual([]);
  expect(asked).toEqual(['reschedule accepted', 'cancelTask accepted']);
  expect((await tasksOf(world, releases, id)).map(({ outcome }) => outcome)).toEqual([
    'succeeded',
    'succeeded',
    'cancelled',
  ]);
  expect(await impoverished(world, releases, id)).toEqual([]);
});

/** Asks for one thing after the other, each after an hour. */
async function askOnTheWay(
  open: World,
  id: string,
  asks: readonly { readonly kind: CommandKind; readonly members?: object }[],
): Promise<readonly string[]> {
  const told: string[] = [];
  for (const [index, { kind, members = {} }] of asks.entries()) {
    await open.engine.settle(() => open.clock.now() >= startMs + (index + 1) * hour);
    told.push(`${kind} ${(await open.ask(id, kind, members)).kind}`);
  }
  return told;
}
