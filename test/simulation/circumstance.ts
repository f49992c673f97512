import type { OperationName } from '../../local/graph/operationNames.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import type { Aim } from './aim.ts';
import type { Moment } from './drawWishes.ts';
import type { SeededRandom } from './seededRandom.ts';

/** What must be so, besides what is drawn anyway, that the operation of an aim is called. The first request then goes all the way: its users are valid and nobody has to agree. */
interface Circumstance {
  /** What somebody must ask for. */
  readonly wish?: CommandKind;
  /** In which phases of a batch he may ask; left out: while there is a job that has not begun to cut over. */
  readonly phases?: readonly string[];
  /** The cutover lies hours ahead: Graph changes nothing in a job whose date has come. */
  readonly isEarly?: boolean;
  /** Writes to user tasks are offered, and the batch has room for another user. */
  readonly userTaskWrites?: boolean;
}

const whileOpen: readonly string[] = ['validating', 'validating', 'syncing'];

const circumstances: Readonly<Partial<Record<OperationName, Circumstance>>> = {
  migrateJob: {},
  createTask: { wish: 'addTasks', isEarly: true, userTaskWrites: true },
  getTask: { wish: 'addTasks', isEarly: true, userTaskWrites: true },
  updateTask: { wish: 'updateTask', isEarly: true, userTaskWrites: true },
  cancelTask: { wish: 'cancelTask', isEarly: true },
  updateJob: { wish: 'reschedule', isEarly: true },
  cancelJob: { wish: 'cancel', isEarly: true },
  deleteJob: { wish: 'deleteJobs', phases: ['ended'] },
};

/** What somebody must ask for, and when, so that the operation of the aim is called; undefined where nobody has to. */
export function askedFor({ operation }: Aim, random: SeededRandom): { readonly kind: CommandKind; readonly moment: Moment } | undefined {
  const { wish, phases = whileOpen } = circumstances[operation] ?? {};
  return wish === undefined ? undefined : { kind: wish, moment: { phase: random.pick(phases), afterMs: random.spread(1, 100_000) } };
}

const stopsHalfway: readonly string[] = ['validateOnly', 'approval', 'onInvalid', 'holdTimeoutHours'];

/** The first request as the aim needs it. */
export function requestFor({ operation }: Aim, drawn: object, random: SeededRandom, startMs: number): object {
  const circumstance = circumstances[operation];
  if (circumstance === undefined) return drawn;
  return {
    ...Object.fromEntries(Object.entries(drawn).filter(([name]) => !stopsHalfway.includes(name))),
    ...(circumstance.isEarly === true ? { completeAfterDateTime: new Date(startMs + random.between(4, 20) * 3_600_000).toISOString() } : {}),
  };
}

/** The operation is called only where the tenant's API offers writes to user tasks. */
export function needsUserTaskWrites({ operation }: Aim): boolean {
  return circumstances[operation]?.userTaskWrites === true;
}

/** Whether a job is validated by its mere creation: as drawn, unless the aim needs it to be otherwise. */
export function autoValidates(drawn: boolean, { kind, operation }: Aim): boolean {
  if (operation === 'validateJob' || kind === 'validationByItself') return false;
  // A job that nobody has validated has no earlier status to show.
  return drawn || (kind === 'statusBackwards' && operation === 'findJob');
}

/** The operation comes late or never, unless the request goes all the way. */
export function goesAllTheWay({ operation }: Aim): boolean {
  return circumstances[operation] !== undefined;
}
