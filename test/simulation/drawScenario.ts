import type { z } from 'zod';
import type { scenarioSchema } from '../../local/graph-emulator/index.ts';
import { allWorkloads } from '../../shared/contracts/request.ts';
import type { Aim } from './aim.ts';
import { autoValidates, goesAllTheWay } from './circumstance.ts';
import type { SeededRandom } from './seededRandom.ts';

export const targetTenantId = '99999999-8888-7777-6666-555555555555';
export const userCount = 9;

/** The id of a user of the runs. */
export const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

const faultCodes = ['CTM-100', 'CTTM-005', 'EXCH-08', 'MIGR-002', 'MMS-003', 'X-NEW'];
const stuck = [
  'validateProcessing',
  'validateInProgress',
  'processing',
  'inProgress',
  'adminActionRequired',
  'cuttingOver',
  'pendingCancel',
] as const;

/**
 * How Graph behaves in a run. Most courses are as short as the app's looks allow, because a look that finds what it found
 * before tries nothing; now and then one is long, or stuck until a person is called after a day.
 */
export function drawScenario(
  random: SeededRandom,
  userTaskWrites: boolean,
  aim: Aim,
): z.input<typeof scenarioSchema> {
  const faults = () =>
    Array.from({ length: random.between(1, 2) }, () => ({
      workload: random.pick(allWorkloads),
      code: random.pick(faultCodes),
    }));
  const validity = (drawn: object): object => (goesAllTheWay(aim) ? {} : drawn);
  const users = Array.from({ length: userCount }, (_, n) => ({
    id: user(n + 1),
    ...validity(
      random.chance(0.12)
        ? { invalid: faults(), ...(random.chance(0.3) ? { invalidTimes: 1 } : {}) }
        : {},
    ),
    ...(random.chance(0.1)
      ? { failed: faults(), ...(random.chance(0.3) ? { failedTimes: 1 } : {}) }
      : {}),
  }));
  const jobs = Array.from({ length: random.chance(0.12) ? 1 : 0 }, () => ({
    user: user(random.between(1, userCount)),
    ...(random.chance(0.8)
      ? {
          stuckIn: random.pick(stuck),
          stuckSeconds: random.chance(0.05) ? 90_000 : random.spread(300, 2_000),
        }
      : { fails: true }),
  }));
  const isLong = random.chance(0.03);
  return {
    seed: random.below(1_000_000),
    users,
    jobs,
    timings: {
      validation: { min: 20, max: isLong ? 2_000 : random.pick([100, 100, 300]) },
      processing: { min: 20, max: random.pick([60, 60, 400]) },
      sync: { min: 60, max: isLong ? 10_000 : random.pick([300, 300, 900]) },
      cutover: { min: 60, max: isLong ? 2_000 : random.pick([240, 240, 500]) },
      cancel: { min: 5, max: random.pick([60, 60, 200]) },
      token: random.pick([600, 3_600, 86_400]),
    },
    switches: {
      userTaskWrites,
      autoValidateOnCreate: autoValidates(random.chance(0.1), aim),
      strictCompleteAfter: random.chance(0.2),
      revalidateExpired: random.chance(0.7),
      wrapSingleEntities: random.chance(0.1),
      cancelReturnsOk: random.chance(0.2),
      cancelOnlyBeforeMigrate: random.chance(0.1),
      updateReturnsJob: random.chance(0.2),
      oldStatusSpelling: random.chance(0.1),
      oldValidationStatuses: random.chance(0.1),
      emptyFirstPage: random.chance(0.1),
      maxUsersPerJob: random.chance(0.04) && !goesAllTheWay(aim) ? 2 : 100,
    },
    pageSize: random.pick([1, 2, 20]),
  };
}
