import { afterEach, describe, expect, it } from 'vitest';
import type { ActivityServices } from '../../orchestrations/activities/activityServices.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import type { JobClient } from '../../shared/graph/jobClient.ts';
import type { Asked, CommandAcceptance } from '../../shared/intake/acceptCommand.ts';
import { openWorld, user, type World } from './world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const day = 86_400_000;
const start = Date.parse('2026-11-20T08:00:00Z');
const later = new Date(start + 3 * day).toISOString();

/** Where a command is raised: inside the nth call of this operation of Graph, before or after it took effect. */
interface Moment {
  readonly operation: 'createJob' | 'validateJob' | 'migrateJob' | 'getJob' | 'listJobTasks';
  readonly nth: number;
  readonly when: 'before' | 'after';
}

const moments: readonly Moment[] = [
  { operation: 'createJob', nth: 1, when: 'before' },
  { operation: 'createJob', nth: 1, when: 'after' },
  { operation: 'validateJob', nth: 1, when: 'after' },
  { operation: 'migrateJob', nth: 1, when: 'before' },
  { operation: 'migrateJob', nth: 1, when: 'after' },
  // Within the watches: the look that a continue-as-new follows, and the last one.
  { operation: 'getJob', nth: 3, when: 'after' },
  { operation: 'getJob', nth: 12, when: 'before' },
  { operation: 'listJobTasks', nth: 2, when: 'after' },
];

const commands: readonly { readonly kind: CommandKind; readonly members?: Partial<Asked> }[] = [
  { kind: 'cancel' },
  { kind: 'cancelTask', members: { taskId: user(2) } },
  { kind: 'reschedule', members: { completeAfterDateTime: later } },
  { kind: 'pause' },
  { kind: 'approve' },
  { kind: 'reject' },
  { kind: 'updateTask', members: { taskId: user(1), update: { taskType: 'users' } } },
  { kind: 'addTasks', members: { users: [{ targetUserId: user(9) }] } },
  { kind: 'revalidate' },
  { kind: 'retry' },
];

/** Calls `raise` inside the operation that the moment names, once, and waits until the command is kept. */
function raisingAt({ operation, nth, when }: Moment, raise: () => Promise<unknown>): (services: ActivityServices) => ActivityServices {
  let calls = 0;
  const around = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    if (name !== operation) return call();
    calls += 1;
    if (calls !== nth) return call();
    if (when === 'before') await raise();
    const answer = await call();
    if (when === 'after') await raise();
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
  return (services) => ({ ...services, jobs: wrapped(services.jobs) });
}

describe.each(commands)('$kind', ({ kind, members = {} }) => {
  it.each(moments)('raised twice $when the effect of $operation, call $nth, is answered, and the answer is true', { timeout: 60_000 }, async (moment) => {
    let id = '';
    const accepted: CommandAcceptance[] = [];
    const raise = async (): Promise<void> => {
      accepted.push(await open.ask(id, kind, members, 'key'), await open.ask(id, kind, members, 'key'));
    };
    const open = await openWorld({ userTaskWrites: true, scenario: { switches: { userTaskWrites: true } }, wrap: raisingAt(moment, raise) });
    world = open;
    const approval = kind === 'approve' || kind === 'reject' ? { requestedBy: 'lee@fabrikam.com', approval: { required: true, timeoutHours: 12 } } : {};
    id = await open.accept(2, approval);
    // Paused, it would wait for ever.
    await open.engine.settle(() => kind === 'pause' && open.clock.now() > start + day);
    if (kind === 'pause') await open.ask(id, 'resume');
    await open.engine.settle();

    const answers = (await open.answers(id)).filter((answer) => answer.startsWith(`${kind} `));
    const { phase, counts } = await open.migration(id);
    expect([counts.pending, ['completed', 'completedWithErrors', 'cancelled', 'failed'].includes(phase)], phase).toEqual([0, true]);
    // The same key is the same command, and none stays without its answer.
    expect(answers.length).toBeLessThanOrEqual(1);
    expect(accepted.filter((one) => one.kind === 'accepted').length, JSON.stringify(accepted)).toBe(answers.length * accepted.length);
    const [answer = 'none'] = answers;
    expect(answer).not.toContain('pending');
    const outcomes = (await open.tasks(id)).map(({ taskId, outcome }) => `${taskId.slice(-1)} ${String(outcome)}`).toSorted();
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
        break;
      case 'none':
        // Where nobody answered in time the cutover was not approved.
        expect(outcomes).toEqual(approval.approval === undefined ? ['1 succeeded', '2 succeeded'] : ['1 cancelled', '2 cancelled']);
        break;
      default:
        expect(outcomes).toEqual(['1 succeeded', '2 succeeded']);
    }
    // After the end nothing of this can be had any more, and it says so.
    expect(await open.ask(id, kind, members)).toMatchObject({ kind: 'conflict' });
  });
});
