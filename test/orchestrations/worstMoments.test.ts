import { afterEach, expect, it } from 'vitest';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import type {
  CommandAcceptance,
  CommandRequest,
} from '../../orchestrations/commands/commandDefinition.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import type { JobClient } from '../../shared/graph/jobs.ts';
import { openWorld, user, type World } from './world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const hour = 3_600_000;
const start = Date.parse('2026-11-20T08:00:00Z');
const later = new Date(start + 10 * hour).toISOString();
const asksApproval = {
  requestedBy: 'lee@fabrikam.com',
  approval: { required: true, timeoutHours: 3 },
};
/** Short enough for few status checks; the validation is long enough for the twelfth read of the job to be one of them. */
const timings = {
  token: 1e9,
  validation: { min: 700, max: 800 },
  sync: { min: 1_800, max: 2_700 },
  cutover: { min: 300, max: 600 },
};

/** Where a command is raised: inside the nth call of this operation of Graph, or the nth request for approval, before or after it took effect. */
interface Moment {
  readonly operation:
    'createJob' | 'validateJob' | 'migrateJob' | 'getJob' | 'listJobTasks' | 'askApproval';
  readonly nth: number;
  readonly when: 'before' | 'after';
  /** Where an approval is asked for, it has been decided by then. */
  readonly isDecided: boolean;
}

const moments: readonly Moment[] = [
  { operation: 'createJob', nth: 1, when: 'before', isDecided: false },
  { operation: 'createJob', nth: 1, when: 'after', isDecided: false },
  { operation: 'validateJob', nth: 1, when: 'after', isDecided: false },
  { operation: 'migrateJob', nth: 1, when: 'before', isDecided: true },
  { operation: 'migrateJob', nth: 1, when: 'after', isDecided: true },
  // Within the watches: the look that a continue-as-new follows, and the last one.
  { operation: 'getJob', nth: 3, when: 'after', isDecided: false },
  { operation: 'getJob', nth: 12, when: 'before', isDecided: false },
  { operation: 'listJobTasks', nth: 2, when: 'after', isDecided: false },
];

const commands: readonly {
  readonly kind: CommandKind;
  readonly members?: Partial<CommandRequest>;
  readonly decides?: boolean;
}[] = [
  { kind: 'cancel' },
  { kind: 'cancelTask', members: { taskId: user(2) } },
  { kind: 'reschedule', members: { completeAfterDateTime: later } },
  { kind: 'pause' },
  { kind: 'approve', decides: true },
  { kind: 'reject', decides: true },
  { kind: 'updateTask', members: { taskId: user(1), update: { taskType: 'users' } } },
  { kind: 'addTasks', members: { users: [{ targetUserId: user(9) }] } },
];

/** A decision can be made from the request for approval on. */
const decidable: readonly Moment[] = [
  { operation: 'askApproval', nth: 1, when: 'after', isDecided: false },
  { operation: 'listJobTasks', nth: 2, when: 'after', isDecided: false },
];

/** Every command in every moment. */
const pairs = commands.flatMap(({ kind, members = {}, decides = false }) =>
  (decides ? decidable : moments).map((moment) => ({ kind, members, decides, ...moment })),
);

/** What cannot be had in any of these moments: no batch is held, and none has ended. */
const refusals: readonly { readonly kind: CommandKind; readonly code: string }[] = [
  { kind: 'revalidate', code: 'nothingHeld' },
  { kind: 'retry', code: 'nothingToRetry' },
];

/** Calls `raise` inside the operation that each moment names, once, and waits until it is done. `came`: the moments in which that has happened. */
function raisingAt(raisedAt: readonly Moment[], raise: () => Promise<unknown>) {
  const calls = new Map<string, number>();
  const came: Moment[] = [];
  const around = async <T>(name: Moment['operation'], call: () => Promise<T>): Promise<T> => {
    const nth = (calls.get(name) ?? 0) + 1;
    calls.set(name, nth);
    const now = raisedAt.filter((moment) => moment.operation === name && moment.nth === nth);
    const raiseIn = async (when: Moment['when']): Promise<void> => {
      for (const moment of now) {
        if (moment.when !== when) continue;
        await raise();
        came.push(moment);
      }
    };
    await raiseIn('before');
    const answer = await call();
    await raiseIn('after');
    return answer;
  };
  const wrapped = (jobs: JobClient): JobClient => ({
    ...jobs,
    createJob: (job) => around('createJob', () => jobs.createJob(job)),
    validateJob: (id) => around('validateJob', () => jobs.validateJob(id)),
    migrateJob: (id) => around('migrateJob', () => jobs.migrateJob(id)),
    getJob: (id) => around('getJob', () => jobs.getJob(id)),
    listJobTasks: (id) => around('listJobTasks', () => jobs.listJobTasks(id)),
  });
  const wrap = (services: ActivityServices): ActivityServices => {
    const { commands: store } = services.stores;
    return {
      ...services,
      jobs: wrapped(services.jobs),
      stores: {
        ...services.stores,
        commands: {
          ...store,
          askApproval: (request) => around('askApproval', () => store.askApproval(request)),
        },
      },
    };
  };
  return { came, wrap };
}

const openAt = async (wrap: (services: ActivityServices) => ActivityServices): Promise<World> => {
  world = await openWorld({
    userTaskWrites: true,
    scenario: { timings, switches: { userTaskWrites: true } },
    wrap,
  });
  return world;
};
const outcomesOf = async (open: World, id: string): Promise<string[]> =>
  (await open.tasks(id))
    .map(({ taskId, outcome }) => `${taskId.slice(-1)} ${String(outcome)}`)
    .toSorted();

it.each(pairs)(
  '$kind raised twice $when the effect of $operation, call $nth, is answered, and the answer is true',
  { timeout: 60_000 },
  async ({ kind, members, decides, ...moment }) => {
    let id = '';
    const accepted: CommandAcceptance[] = [];
    const { came, wrap } = raisingAt([moment], async () => {
      accepted.push(
        await open.ask(id, kind, members, 'key'),
        await open.ask(id, kind, members, 'key'),
      );
    });
    const open = await openAt(wrap);
    id = await open.accept(2, decides ? asksApproval : {});
    // Paused, it would wait for ever.
    await open.engine.settle(() => kind === 'pause' && open.clock.now() > start + 6 * hour);
    if (kind === 'pause') await open.ask(id, 'resume');
    await open.engine.settle();

    // The same key is the same command, and none stays without its answer.
    expect([came, accepted.map((one) => one.kind)]).toEqual([[moment], ['accepted', 'accepted']]);
    const answers = (await open.answers(id)).filter((answer) => answer.startsWith(`${kind} `));
    expect(answers).toHaveLength(1);
    const [answer = ''] = answers;
    const { phase, counts } = await open.migration(id);
    expect(
      [counts.pending, ['completed', 'completedWithErrors', 'cancelled', 'failed'].includes(phase)],
      phase,
    ).toEqual([0, true]);
    const outcomes = await outcomesOf(open, id);
    switch (answer) {
      case 'cancel applied':
      case 'reject applied':
      case 'approve tooLate':
      case 'reject tooLate':
        // Time was over before, which means no.
        expect(outcomes).toEqual(['1 cancelled', '2 cancelled']);
        break;
      case 'cancelTask applied':
        expect(outcomes).toEqual(['1 succeeded', '2 cancelled']);
        break;
      case 'addTasks applied':
        expect(outcomes).toEqual(['1 succeeded', '2 succeeded', '9 succeeded']);
        break;
      case 'reschedule applied':
        expect(open.clock.now()).toBeGreaterThan(Date.parse(later));
        expect(outcomes).toEqual(['1 succeeded', '2 succeeded']);
        break;
      default:
        expect(answer).toMatch(
          /^(approve|pause|updateTask) applied$|^(cancel|cancelTask|reschedule|updateTask) tooLate$/,
        );
        expect(outcomes).toEqual(['1 succeeded', '2 succeeded']);
    }
    // After the end nothing of this can be had any more, and it says so.
    expect(await open.ask(id, kind, members)).toMatchObject({ kind: 'conflict' });
  },
);

it.each(refusals)(
  '$kind raised in each of these moments is refused as what it is, and changes nothing',
  { timeout: 60_000 },
  async ({ kind, code }) => {
    let id = '';
    const refused: CommandAcceptance[] = [];
    const { came, wrap } = raisingAt(moments, async () => {
      refused.push(await open.ask(id, kind, {}, 'key'));
    });
    const open = await openAt(wrap);
    id = await open.accept(2);
    await open.engine.settle();
    expect(came.toSorted((a, b) => moments.indexOf(a) - moments.indexOf(b))).toEqual(moments);
    expect(refused).toMatchObject(moments.map(() => ({ kind: 'conflict', code })));
    expect([await open.answers(id), await outcomesOf(open, id)]).toEqual([
      [],
      ['1 succeeded', '2 succeeded'],
    ]);
  },
);

it(
  'a decision raised before approval is requested is refused, and changes nothing',
  { timeout: 60_000 },
  async () => {
    let id = '';
    const refused: CommandAcceptance[] = [];
    const early: readonly Moment[] = [
      ...moments.filter(({ operation, isDecided }) => !isDecided && operation !== 'listJobTasks'),
      { operation: 'askApproval', nth: 1, when: 'before', isDecided: false },
    ];
    const { came, wrap } = raisingAt(early, async () => {
      refused.push(
        await open.ask(id, 'approve', {}, 'key'),
        await open.ask(id, 'reject', {}, 'key'),
      );
    });
    const open = await openAt(wrap);
    id = await open.accept(2, asksApproval);
    await open.engine.settle();
    expect(came).toHaveLength(early.length);
    expect(refused).toMatchObject(
      early.flatMap(() => [1, 2].map(() => ({ kind: 'conflict', code: 'approvalNotRequested' }))),
    );
    expect([await open.answers(id), await outcomesOf(open, id)]).toEqual([
      [],
      ['1 cancelled', '2 cancelled'],
    ]);
  },
);
