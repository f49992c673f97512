import type { OrchestrationContext } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';
import type { DurableInvoke } from '../../local/functions-host/index.ts';
import { invoke } from '../../local/functions-host/test/durable/engineHarness.ts';
import { ActivityFailure, logError } from '../../orchestrations/durable/steps.ts';
import { activities } from '../../orchestrations/names.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { person, site } from './sharePointSamples.ts';
import { openWorld, startMs, user, type World } from './world.ts';
import { hour } from './worldSteps.ts';

let world: World;
afterEach(() => world.close());

const words =
  'S3CRET boom at https://ferrystore.table.core.windows.net/tasks?sig=abc for lee@contoso.com in /home/site/wwwroot/dist/app.cjs:1:2';

/** The nth call of an activity and all that follow fail for two hours. */
function failing(activity: string, nth: number) {
  let calls = 0;
  const failure = { sinceMs: Infinity };
  const failed: DurableInvoke = (invocation) => {
    const nowMs = world.clock.now();
    if (invocation.functionName === activity && (calls += 1) === nth) failure.sinceMs = nowMs;
    const isIn =
      invocation.functionName === activity &&
      nowMs >= failure.sinceMs &&
      nowMs < failure.sinceMs + 2 * hour;
    return isIn ? Promise.resolve({ ok: false, error: new TypeError(words) }) : invoke(invocation);
  };
  return { failure, failed };
}

/** Stores that tell what they are given to write. A row that is changed by a function shows in `shown`. */
function noted(stores: Stores, note: (told: string) => void): Stores {
  const deep = <T extends object>(of: T): T =>
    new Proxy(of, {
      get: (target, name, receiver) => {
        const member: unknown = Reflect.get(target, name, receiver);
        if (typeof member === 'function') {
          return (...given: unknown[]): unknown => {
            note(JSON.stringify(given));
            return Reflect.apply(member, target, given);
          };
        }
        return typeof member === 'object' && member !== null ? deep(member) : member;
      },
    });
  return deep(stores);
}

/** Everything that a caller, a consumer of events or a reader of storage can see of a migration. */
async function shown(id: string): Promise<string> {
  const { stores } = world;
  return JSON.stringify([
    await stores.migrations.list({ pageSize: 10 }),
    await stores.batches.list(id),
    await world.tasks(id),
    await stores.commands.readLog(id),
    await stores.audit.list(id, { pageSize: 1_000 }),
    stores.sent,
  ]);
}

const expectNoText = (text: string): void => {
  expect(text).not.toMatch(
    /S3CRET|boom|System\.|StackTrace|windows\.net|wwwroot|lee@| {3}at |\$type|TypeError/,
  );
};

const ofBatch = [
  'createJob',
  'validateJob',
  'migrateJob',
  'pollJob',
  'readCheckpoint',
  'recordTasks',
  'readCommands',
  'recordCommandResult',
  'finishBatch',
];
const users = [...ofBatch, 'planMigration', 'finishMigration', 'planRun', 'nextBatch'];
const sites = [
  'planMigration',
  'listSharePointTasks',
  'validateSharePointTask',
  'takeQuota',
  'createSharePointTask',
  'pollSharePointTask',
  'handleSharePointCommands',
  'readCheckpoint',
  'finishBatch',
  'finishMigration',
  'writeMappings',
];

/** Takes a migration past the failure; all that is ever written, and what it shows at every half hour and at its end. */
async function course(
  activity: string,
  accept: () => Promise<string>,
  asks: (id: string) => Promise<unknown>,
): Promise<string> {
  const { failure, failed } = failing(activity, 1);
  const seen: string[] = [];
  world = await openWorld({
    invoke: failed,
    wrap: (services) => ({
      ...services,
      stores: noted(services.stores, (told) => seen.push(told)),
    }),
  });
  const id = await accept();
  for (let halfHours = 1; halfHours <= 70; halfHours += 1) {
    await world.engine.settle(() => world.clock.now() >= startMs + (halfHours * hour) / 2);
    if (halfHours === 6) await asks(id);
    seen.push(await shown(id));
  }
  await world.engine.settle();
  expect(failure.sinceMs).toBeLessThan(Infinity);
  return [...seen, await shown(id)].join('\n');
}

describe('a network or a credential that fails for nine days', { timeout: 60_000 }, () => {
  it.each(['users', 'sites'])(
    'shows none of its text in a row, an answer or an event of a migration of %s',
    async (kind) => {
      const seen: string[] = [];
      const day = 24 * hour;
      const isOut = (): boolean =>
        world.clock.now() > startMs + hour && world.clock.now() < startMs + 9 * day;
      world = await openWorld({
        interference: {
          before: ({ url }) =>
            isOut() && !url.includes('_emulator')
              ? Promise.reject(new Error(words))
              : Promise.resolve(undefined),
        },
        wrap: (services) => ({
          ...services,
          stores: noted(services.stores, (told) => seen.push(told)),
        }),
      });
      const id =
        kind === 'users'
          ? await world.accept(2, {
              completeAfterDateTime: new Date(startMs + 20 * hour).toISOString(),
            })
          : await world.acceptSharePoint([
              site('a'),
              person('lou', {
                preferredStartDateTime: new Date(startMs + 48 * hour).toISOString(),
              }),
            ]);
      for (const hours of [2, 30, 9 * 24 - 12]) {
        await world.engine.settle(() => world.clock.now() >= startMs + hours * hour);
        seen.push(await shown(id));
      }
      await world.engine.settle();
      const text = [...seen, await shown(id)].join('\n');
      expect(text).toContain("no response, request-id none; the log has the reason under '");
      expectNoText(text.replaceAll('lou@contoso.com', ''));
      expect(world.warned.join('\n')).toContain('no response: S3CRET boom');
    },
  );
});

describe('an activity that fails for good', () => {
  it.each(users)(
    '%s of a migration of users shows none of its text in a row, an answer or an event',
    async (activity) => {
      const text = await course(
        activity,
        () =>
          world.accept(2, { completeAfterDateTime: new Date(startMs + 20 * hour).toISOString() }),
        async (id) => {
          await world.ask(id, 'reschedule', {
            completeAfterDateTime: new Date(startMs + 30 * hour).toISOString(),
          });
          await world.ask(id, 'addTasks', { users: [{ targetUserId: user(9) }] });
        },
      );
      expectNoText(text);
      if (ofBatch.includes(activity))
        expect(text).toMatch(
          new RegExp(
            `activityFailed: the activity ${activity} failed at every try; the log has the reason under the operation id wave-[\\w-]+/${activity}`,
          ),
        );
    },
  );

  it.each(sites)(
    '%s of a migration of sites shows none of its text in a row, an answer or an event',
    async (activity) => {
      const text = await course(
        activity,
        () =>
          world.acceptSharePoint(
            [
              site('a'),
              person('lou', {
                preferredStartDateTime: new Date(startMs + 48 * hour).toISOString(),
              }),
            ],
            {
              validateFirst: true,
              identityMappings: {
                users: [
                  {
                    sourceUserIdentity: { userPrincipalName: 'mia@contoso.com' },
                    targetUserIdentity: { userPrincipalName: 'mia@fabrikam.com' },
                  },
                ],
              },
            },
          ),
        (id) => world.ask(id, 'cancel'),
      );
      expectNoText(text);
    },
  );

  it('is told of in the log: the beginning of its text, once, without people and secrets', () => {
    const warned: string[] = [];
    const context = (isReplaying: boolean) =>
      ({
        df: { instanceId: 'wave-1-b001', isReplaying },
        warn: (text: string) => warned.push(text),
      }) as unknown as OrchestrationContext;
    const error = new ActivityFailure(
      'activityFailed',
      activities.pollJob,
      new Error(`${words}\n${'   at System.X\n'.repeat(1_000)}`),
    );
    for (const isReplaying of [false, true]) {
      expect(logError(context(isReplaying), error)).toBe(
        'activityFailed: the activity pollJob failed at every try; the log has the reason under the operation id wave-1-b001/pollJob',
      );
    }
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(
      /^operation wave-1-b001\/pollJob: Error: S3CRET boom at https:\/\/ferrystore.table.core.windows.net\/tasks\?sig=\(secret\) for \(address\) in /,
    );
    expect(warned[0]?.length).toBeLessThan(2_200);
    expect(logError(context(true), new TypeError(words))).toBe(
      'unexpectedError: a step failed unexpectedly; the log has the reason under the operation id wave-1-b001',
    );
  });
});
