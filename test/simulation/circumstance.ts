import type { OperationName } from '../../local/graph-emulator/index.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import type { Aim } from './aim.ts';
import type { Source } from './drawSharePoint.ts';
import type { Moment } from './drawWishes.ts';
import type { SeededRandom } from './seededRandom.ts';

/** What must be so, besides what is drawn anyway, that the operation of an aim is called. The first request then goes all the way: its users are valid and nobody has to agree. */
interface Circumstance {
  /** What somebody must ask for. */
  readonly wish?: CommandKind;
  /** In which phases of a batch he may ask; left out: while there is a job that has not begun to cut over. */
  readonly phases?: readonly string[];
  /** How long he waits at least; left out: not at all. */
  readonly soonestMs?: number;
  /** The cutover lies hours ahead: Graph changes nothing in a job whose date has come. */
  readonly isEarly?: boolean;
  /** Writes to user tasks are offered, and the batch has room for another user. */
  readonly userTaskWrites?: boolean;
  /** The operation is one of SharePoint tasks: there is a request of that kind, and the wish is about it. */
  readonly sharePoint?: SharePointCircumstance;
}

interface SharePointCircumstance {
  /** The request has one source, named like this; left out: some, of any kind. */
  readonly source?: Source;
  /** The request brings identity mappings, … */
  readonly mappings?: boolean;
  /** … and has them looked up before anything is created. */
  readonly checksMappings?: boolean;
  /** How long a task waits in Graph before it starts; left out: as drawn. */
  readonly queueSeconds?: { readonly min: number; readonly max: number };
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
  createSharePointTask: { sharePoint: {} },
  getSharePointTask: { sharePoint: {} },
  findSharePointTaskByUser: { sharePoint: { source: 'userName' } },
  findSharePointTaskBySite: { sharePoint: { source: 'site' } },
  findSharePointTaskByGroup: { sharePoint: { source: 'group' } },
  cancelSharePointTask: {
    wish: 'cancel',
    phases: ['moving'],
    soonestMs: 600_000,
    sharePoint: { queueSeconds: { min: 7_200, max: 14_400 } },
  },
  getUserMapping: { sharePoint: { mappings: true } },
  getGroupMapping: { sharePoint: { mappings: true } },
  updateUserMappings: { sharePoint: { mappings: true } },
  updateGroupMappings: { sharePoint: { mappings: true } },
};

/** What somebody must ask for, and when, so that the operation of the aim is called; undefined where nobody has to. */
export function askedFor(
  { operation }: Aim,
  random: SeededRandom,
): { readonly kind: CommandKind; readonly moment: Moment } | undefined {
  const { wish, phases = whileOpen, soonestMs = 0 } = circumstances[operation] ?? {};
  return wish === undefined
    ? undefined
    : {
        kind: wish,
        moment: { phase: random.pick(phases), afterMs: soonestMs + random.spread(1, 100_000) },
      };
}

const stopsHalfway: readonly string[] = [
  'validateOnly',
  'approval',
  'onInvalid',
  'holdTimeoutHours',
];

/** The first request as the aim needs it. */
export function requestFor(
  { operation }: Aim,
  drawn: object,
  random: SeededRandom,
  startMs: number,
): object {
  const circumstance = circumstances[operation];
  if (circumstance === undefined || circumstance.sharePoint !== undefined) return drawn;
  return {
    ...Object.fromEntries(Object.entries(drawn).filter(([name]) => !stopsHalfway.includes(name))),
    ...(circumstance.isEarly === true
      ? {
          completeAfterDateTime: new Date(
            startMs + random.between(4, 20) * 3_600_000,
          ).toISOString(),
        }
      : {}),
  };
}

/** What the SharePoint request must be like whose tasks are called for; undefined for an aim at the jobs of users. */
export function sharePointFor({ kind, operation }: Aim): SharePointCircumstance | undefined {
  const needs = circumstances[operation]?.sharePoint;
  // A task that has started has an earlier status to show.
  return needs !== undefined && kind === 'statusBackwards'
    ? { ...needs, queueSeconds: { min: 1, max: 5 } }
    : needs;
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
