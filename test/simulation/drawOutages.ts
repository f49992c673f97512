import type { z } from 'zod';
import {
  appliesTo,
  type FaultKind,
  type faultPlanSchema,
  type OperationName,
  type RefusedStatus,
} from '../../local/graph-emulator/index.ts';
import type { SeededRandom } from './seededRandom.ts';

type Fault = NonNullable<z.input<typeof faultPlanSchema>['faults']>[number];

/** How reads are refused: what is one to the app stands in one class. */
export const outageClasses = [
  'denied',
  'absent',
  'inTheWay',
  'gone',
  'redirected',
  'unreadable',
  'reset',
  'busy',
] as const;
export type OutageClass = (typeof outageClasses)[number];

/** For how long. `hour`: about one. */
export const outageDurations = ['hour', 'day', 'eightDays', 'forGood'] as const;
export type OutageDuration = (typeof outageDurations)[number];

/** A time in which every read of some operations is refused. Seconds are after the start of the run. */
export interface Outage {
  readonly kind: OutageClass;
  readonly duration: OutageDuration;
  readonly operations: readonly OperationName[];
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

const statuses: Readonly<Partial<Record<OutageClass, readonly RefusedStatus[]>>> = {
  denied: [400, 401, 403, 403],
  absent: [404],
  inTheWay: [408, 409, 423, 425],
  gone: [410],
  redirected: [301, 302, 307],
};
const kinds = {
  unreadable: ['unreadableBody', 'truncatedJson', 'truncatedBody', 'htmlBody'],
  reset: ['connectionReset'],
  busy: ['error500', 'error503', 'throttledSilent'],
} as const satisfies Readonly<Partial<Record<OutageClass, readonly FaultKind[]>>>;

const jobReads: readonly OperationName[] = ['getJob', 'findJob', 'listTasks', 'getTask'];
const taskReads: readonly OperationName[] = [
  'getSharePointTask',
  'findSharePointTaskByUser',
  'findSharePointTaskBySite',
  'findSharePointTaskByGroup',
];
const mappingReads: readonly OperationName[] = ['getUserMapping', 'getGroupMapping'];
const hourSeconds = 3_600;
const daySeconds = 24 * hourSeconds;
// Longer than a job is looked for. What has not begun waits until Graph answers again.
const endlessSeconds = 45 * daySeconds;

/** The outages of a run: none in most, because a long one costs a run a thousand status checks. */
export function drawOutages(random: SeededRandom, hasSharePoint: boolean): Outage[] {
  if (!random.chance(0.12)) return [];
  const kind = random.pick(outageClasses);
  // A job that is there and is said not to be, for good, is asked for once a minute until it is.
  const drawn = random.weighted<OutageDuration>({ hour: 6, day: 3, eightDays: 0.6, forGood: 0.06 });
  const duration = kind === 'absent' && drawn === 'forGood' ? 'day' : drawn;
  const all = random.weighted({
    jobs: 6,
    tasks: hasSharePoint ? 6 : 0,
    mappings: hasSharePoint ? 1 : 0,
  });
  const reads = { jobs: jobReads, tasks: taskReads, mappings: mappingReads }[all];
  // All at once, as when a permission is withdrawn, or one of them.
  const operations = random.chance(0.4) ? reads : [random.pick(reads)];
  const fromSeconds = random.spread(10, hourSeconds / 2);
  return [
    {
      kind,
      duration,
      operations,
      fromSeconds,
      untilSeconds: fromSeconds + secondsOf(random, duration),
    },
  ];
}

function secondsOf(random: SeededRandom, duration: OutageDuration): number {
  switch (duration) {
    case 'hour':
      return random.between(1_800, 2 * hourSeconds);
    case 'day':
      return random.between(20, 30) * hourSeconds;
    case 'eightDays':
      return random.between(190, 200) * hourSeconds;
    case 'forGood':
      return endlessSeconds;
  }
}

/** The faults that an outage is made of. */
export function faultsOf(
  { kind, operations, fromSeconds, untilSeconds }: Outage,
  random: SeededRandom,
): Fault[] {
  const where = { rate: 1, from: fromSeconds, until: untilSeconds };
  const status = random.pick(statuses[kind] ?? [403 as const]);
  const other =
    kind === 'unreadable' || kind === 'reset' || kind === 'busy'
      ? random.pick<(typeof kinds)[typeof kind][number]>(kinds[kind])
      : undefined;
  return operations.flatMap((operation): Fault[] => {
    if (other === undefined) return [{ kind: 'refused', ...where, operation, status }];
    if (!appliesTo(other, operation)) return [];
    return other === 'unreadableBody' ||
      other === 'truncatedJson' ||
      other === 'truncatedBody' ||
      other === 'throttledSilent'
      ? [{ kind: other, ...where, operation }]
      : [{ kind: other, ...where, operation, effect: 'before' }];
  });
}

/** True for a call that the outage may have struck. */
export function isStruck(
  { operations, fromSeconds, untilSeconds }: Outage,
  call: {
    readonly operation: OperationName;
    readonly fault: FaultKind | null;
    readonly atMs: number;
  },
  startMs: number,
): boolean {
  const seconds = (call.atMs - startMs) / 1_000;
  return (
    call.fault !== null &&
    operations.includes(call.operation) &&
    seconds >= fromSeconds &&
    seconds < untilSeconds
  );
}
