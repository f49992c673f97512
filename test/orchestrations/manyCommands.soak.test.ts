import { afterEach, expect, it } from 'vitest';
import type { OnInvoked } from '../../local/functions-host/test/durable/engineHarness.ts';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { activities } from '../../orchestrations/names.ts';
import type { CommandKind, CommandResult } from '../../shared/contracts/command.ts';
import { openWorld, user, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-11-20T08:00:00Z');
const at = (ms: number): string => new Date(ms).toISOString();
const asked = 1_000;
const users = 12;
// A generation that handles as many commands as it may, and the wake-up events that came meanwhile.
const longestHistory = 400;
const mostBytes = 16_384;
const activityNames: ReadonlySet<string> = new Set(Object.values(activities));

/** What every generation must keep to. */
function measured() {
  const results: CommandResult[] = [];
  const largest = { bytes: 0, name: '' };
  const onInvoked: OnInvoked = ({ functionName, inputData }, outcome) => {
    if (!activityNames.has(functionName)) return;
    const bytes = Math.max(
      Buffer.byteLength(inputData[0]?.data.string ?? ''),
      Buffer.byteLength(JSON.stringify(outcome.ok ? (outcome.result ?? null) : null)),
    );
    if (bytes > largest.bytes) Object.assign(largest, { bytes, name: functionName });
  };
  return { results, largest, onInvoked };
}

/** Refuses what `isRefused` says, as long as `holds`. */
const refusing = (
  isRefused: (method: string, path: string) => boolean,
  status: number,
  holds: () => boolean,
): Interference => ({
  before: ({ method, url }) =>
    Promise.resolve(
      holds() && isRefused(method, new URL(url).pathname)
        ? new Response(null, { status, headers: status === 429 ? { 'retry-after': '600' } : {} })
        : undefined,
    ),
});

/** One of the thousand: ten users are cancelled one by one, the others are written to, and the date moves by a second each time. */
const cutover = (n: number): string => at(start + 5 * day + n * 1_000);
function command(n: number): { readonly kind: CommandKind; readonly members: object } {
  if (n % 100 === 99) return { kind: 'cancelTask', members: { taskId: user((n + 1) / 100) } };
  return n % 2 === 0
    ? { kind: 'reschedule', members: { completeAfterDateTime: cutover(n) } }
    : { kind: 'updateTask', members: { taskId: user(12), update: { taskType: 'users' } } };
}

interface Course {
  readonly name: string;
  readonly request?: object;
  readonly invalid?: boolean;
  readonly refuses?: (method: string, path: string) => boolean;
  /** With what, 429 by default, and from when on. */
  readonly status?: number;
  readonly fromHours?: number;
  /** Asked before anything else, and after the thousand. */
  readonly first?: CommandKind;
  readonly then?: { readonly kind: CommandKind; readonly members?: object };
  /** Whether there is a job while the thousand are asked. */
  readonly hasJob: boolean;
  readonly phase: string;
  /** The orchestration that carries them out. */
  readonly waiter: RegExp;
}

const courses: readonly Course[] = [
  { name: 'is watched', hasJob: true, phase: 'syncing', waiter: /-w\d+$/ },
  {
    name: 'waits for an approval',
    request: { requestedBy: 'lee@fabrikam.com', approval: { required: true } },
    then: { kind: 'approve' },
    hasJob: true,
    phase: 'validating',
    waiter: /-g\d+$/,
  },
  {
    name: 'is paused',
    first: 'pause',
    then: { kind: 'resume' },
    hasJob: false,
    phase: 'queued',
    waiter: /-g\d+$/,
  },
  {
    name: 'is held with users who failed validation',
    request: { onInvalid: 'hold' },
    invalid: true,
    then: { kind: 'revalidate', members: { continueWithout: true } },
    hasJob: true,
    phase: 'held',
    waiter: /-g\d+$/,
  },
  {
    name: 'cannot create its job',
    refuses: (method, path) => method === 'POST' && path.endsWith('/crossTenantMigrationJobs'),
    hasJob: false,
    phase: 'creating',
    waiter: /-e\d+$/,
  },
  {
    name: 'cannot list its users',
    refuses: (_, path) => path.endsWith('/users'),
    hasJob: true,
    phase: 'validating',
    waiter: /-e\d+$/,
  },
  {
    name: 'does not see its job',
    refuses: (method, path) => method === 'GET' && /Jobs\/[0-9a-f-]{36}$/.test(path),
    status: 403,
    fromHours: 3,
    hasJob: true,
    phase: 'outOfSight',
    waiter: /-w\d+$/,
  },
];

it.each(courses)(
  'a thousand commands of a batch that $name get their results in order, each history stays short, and no activity says much',
  { timeout: 240_000 },
  async ({
    request = {},
    invalid = false,
    refuses,
    status = 429,
    fromHours = 0,
    first,
    then,
    hasJob,
    phase,
    waiter,
  }) => {
    const { results, largest, onInvoked } = measured();
    const refused = { now: true };
    world = await openWorld({
      userTaskWrites: true,
      scenario: {
        switches: { userTaskWrites: true },
        users: invalid ? [{ id: user(11), invalid: [{ workload: 'Teams', code: 'CTM-100' }] }] : [],
      },
      ...(refuses === undefined
        ? {}
        : {
            interference: refusing(
              refuses,
              status,
              () => refused.now && world.clock.now() >= start + fromHours * hour,
            ),
          }),
      onInvoked,
      wrap: (services) => ({
        ...services,
        stores: {
          ...services.stores,
          commands: {
            ...services.stores.commands,
            recordResult: async (result) => (
              results.push(result),
              services.stores.commands.recordResult(result)
            ),
          },
        },
      }),
    });
    const id = await world.accept(users, {
      completeAfterDateTime: at(start + 4 * day),
      ...request,
    });
    if (first !== undefined) await world.ask(id, first);
    await world.engine.settle(() => world.clock.now() > start + 6 * hour);
    expect((await world.stores.batches.list(id))[0]).toMatchObject({ phase, finishedAt: null });
    const commandIds: string[] = [];
    for (let n = 0; n < asked; n += 1) {
      const { kind, members } = command(n);
      const acceptance = await world.ask(id, kind, members);
      if (acceptance.kind !== 'accepted') throw new Error(JSON.stringify(acceptance));
      commandIds.push(acceptance.command.commandId);
    }
    await world.engine.settle(() => world.clock.now() > start + 12 * hour);
    // Each of them by now, in the order in which people were told yes.
    expect(
      results
        .filter(({ commandId }) => commandIds.includes(commandId))
        .map(({ commandId }) => commandId),
    ).toEqual(commandIds);
    refused.now = false;
    if (then !== undefined) await world.ask(id, then.kind, then.members);
    await world.engine.settle();

    const told = new Map(results.map(({ commandId, verdict }) => [commandId, verdict]));
    const wrong = commandIds.filter(
      (commandId, n) =>
        told.get(commandId) !==
        (command(n).kind === 'updateTask' && !hasJob ? 'tooLate' : 'applied'),
    );
    expect(wrong).toEqual([]);
    expect((await world.answers(id)).filter((answer) => answer.endsWith('pending'))).toEqual([]);
    // What was told is what has become of it.
    const effects = (await world.log()).map(({ effect }) => effect?.split(' ')[0]);
    expect(effects.filter((effect) => effect === 'create')).toHaveLength(invalid ? 2 : 1);
    expect((await world.tasks(id)).map(({ outcome }) => outcome)).toEqual([
      ...Array.from({ length: 10 }, () => 'cancelled'),
      invalid ? 'invalid' : 'succeeded',
      'succeeded',
    ]);
    expect(world.clock.now()).toBeGreaterThan(Date.parse(cutover(asked - 2)));
    expect(world.engine.turns.some(({ instanceId }) => waiter.test(instanceId))).toBe(true);
    const longest = world.engine.turns.reduce((before, turn) =>
      turn.events > before.events ? turn : before,
    );
    expect(longest.events, `${longest.name} ${longest.instanceId}`).toBeLessThan(longestHistory);
    expect(largest.bytes, largest.name).toBeLessThan(mostBytes);
  },
);
