import type { z } from 'zod';
import {
  allFaultKinds,
  appliesTo,
  errorForms,
  type FaultEffect,
  type FaultKind,
  type faultPlanSchema,
  type OperationName,
  refusedStatuses,
} from '../../local/graph-emulator/index.ts';
import type { Aim } from './aim.ts';
import { goesAllTheWay } from './circumstance.ts';
import { faultsOf, type Outage } from './drawOutages.ts';
import { cells, operations } from './faultTable.ts';
import type { SeededRandom } from './seededRandom.ts';

type Fault = NonNullable<z.input<typeof faultPlanSchema>['faults']>[number];

// A lost answer to the one is what makes the app look with the other.
const lookedUpAfter: Readonly<Partial<Record<OperationName, OperationName>>> = {
  findJob: 'createJob',
  getTask: 'createTask',
  findSharePointTaskByUser: 'createSharePointTask',
  findSharePointTaskBySite: 'createSharePointTask',
  findSharePointTaskByGroup: 'createSharePointTask',
};
// What the first looks show cannot be changed by them: there is nothing yet, or nothing before it.
const later: readonly FaultKind[] = ['unknownStatus', 'statusBackwards'];
const isCreateUnknown = [
  'connectionReset',
  'error500',
  'error502',
  'error504',
  'truncatedBody',
] as const satisfies readonly FaultKind[];

const often: readonly OperationName[] = ['getJob', 'listTasks'];

const longKinds = [
  'throttledHour',
  'throttledSilent',
  'throttledSeconds',
  'error500',
  'error503',
  'error503RetryAfter',
  'connectionReset',
  'forbidden',
  'notFoundYet',
] as const satisfies readonly FaultKind[];

/** What goes wrong in a run: what it is aimed at, often nothing else, or a few kinds now and then, some pinned to a call, and rarely one that strikes every call of an operation for a day or two. */
export function drawFaults(
  random: SeededRandom,
  aim: Aim,
  outages: readonly Outage[],
): z.input<typeof faultPlanSchema> {
  const seed = random.below(1_000_000);
  const outage = random.fork('outage faults');
  const faults: Fault[] = [
    ...outages.flatMap((one) => faultsOf(one, outage)),
    ...aimedFaults(random.fork('aimed'), aim),
  ];
  // What is rare is easily missed where much else goes wrong.
  if (random.chance(goesAllTheWay(aim) ? 0.7 : 0.35)) return { seed, faults };
  const rate = random.pick([0.01, 0.03, 0.08, 0.2]);
  for (let count = random.below(5); count > 0; count -= 1)
    faults.push(drawFault(random, random.pick(allFaultKinds), { rate }));
  for (let count = random.below(5); count > 0; count -= 1) {
    const { kind, operation } = random.pick(cells);
    faults.push(
      drawFault(random, kind, {
        operation,
        occurrence: random.pick([1, 1, 1, 2, 3, 5]),
        times: random.pick([1, 1, 1, 2, 4]),
      }),
    );
  }
  if (random.chance(0.03)) {
    const kind = random.pick(longKinds);
    // In front of the others, one of which would let a call through now and then.
    faults.unshift(
      drawFault(random, kind, {
        operation: random.pick(operations.filter((operation) => appliesTo(kind, operation))),
        rate: 1,
        until: random.spread(7_200, 2 * 86_400),
      }),
    );
  }
  return { seed, faults };
}

/** The fault of the aim, at an early call of its operation, after what brings that call about. */
function aimedFaults(random: SeededRandom, { kind, operation, effect }: Aim): Fault[] {
  const where = {
    operation,
    occurrence: often.includes(operation) ? random.pick([1, 1, 1, 2]) : 1,
    times: later.includes(kind) ? 8 : random.pick([1, 1, 2, 3]),
  };
  const aimed = drawFault(random, kind, where, effect ?? undefined);
  // Seen by a replica that lags behind: the operation may come days after what it is about was created.
  const faults: Fault[] = [
    aimed.kind === 'notFoundYet' ? { ...aimed, lagSeconds: 30 * 86_400 } : aimed,
  ];
  const before = lookedUpAfter[operation];
  // There is a body to change only where something was created.
  if (before !== undefined)
    faults.push(
      drawFault(
        random,
        random.pick(isCreateUnknown),
        { operation: before, occurrence: 1 },
        'after',
      ),
    );
  return faults;
}

function drawFault(
  random: SeededRandom,
  kind: FaultKind,
  where: {
    readonly rate?: number;
    readonly until?: number;
    readonly operation?: OperationName;
    readonly occurrence?: number;
    readonly times?: number;
  },
  side?: FaultEffect,
): Fault {
  const scope = random.weighted({ call: 8, operation: 1, tenant: 1 });
  const retryAfterSeconds = random.spread(1, 1_500);
  const effect = side ?? random.pick(['before', 'after', 'either'] as const);
  switch (kind) {
    case 'throttledSeconds':
      return { kind, ...where, retryAfterSeconds, scope };
    case 'throttledDate':
      return {
        kind,
        ...where,
        retryAfterSeconds,
        scope,
        skewSeconds: random.pick([0, 0, 3_600, -3_600]),
      };
    case 'throttledHour':
      return { kind, ...where, scope };
    case 'error503RetryAfter':
    case 'error504RetryAfter':
      return { kind, ...where, effect, retryAfterSeconds, scope };
    case 'error500':
    case 'error502':
    case 'error503':
    case 'error504':
    case 'connectionReset':
    case 'htmlBody':
    case 'conflictStatus':
    case 'conflictUserCancel':
    case 'duplicateName':
      return { kind, ...where, effect };
    case 'refused':
      return {
        kind,
        ...where,
        status: random.pick(refusedStatuses),
        form: random.pick(errorForms),
      };
    case 'slowDrip':
      return { kind, ...where, chunks: random.between(2, 6), pauseMs: random.spread(1, 20_000) };
    case 'claimsChallenge':
      return { kind, ...where, encoding: random.pick(['base64', 'base64url']) };
    case 'skewedClock':
      return { kind, ...where, skewSeconds: random.pick([7_200, -7_200, 86_400]) };
    case 'notFoundYet':
      return { kind, ...where, lagSeconds: random.spread(5, 60) };
    case 'usersMissing':
      return { kind, ...where, count: random.between(1, 2) };
    case 'mailboxNeverCutsOver':
    case 'adminActionRequired':
      // Never to the end of time: somebody helps in the end.
      return { kind, ...where, forSeconds: random.spread(300, 20_000) };
    default:
      return { kind, ...where };
  }
}
