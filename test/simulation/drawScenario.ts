import type { z } from 'zod';
import type { scenarioSchema } from '../../local/graph/scenario.ts';
import { allWorkloads } from '../../shared/contracts/workload.ts';
import type { SeededRandom } from './seededRandom.ts';

export const targetTenantId = '99999999-8888-7777-6666-555555555555';
export const userCount = 9;

/** The id of a user of the runs. */
export const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

const faultCodes = ['CTM-100', 'CTTM-005', 'EXCH-08', 'MIGR-002', 'MMS-003', 'X-NEW'];
const stuck = ['validateProcessing', 'validateInProgress', 'processing', 'inProgress', 'adminActionRequired', 'cuttingOver', 'pendingCancel'] as const;

/** How Graph behaves in a run: short courses, so that many runs fit, with now and then something long. */
export function drawScenario(random: SeededRandom, userTaskWrites: boolean): z.input<typeof scenarioSchema> {
  const faults = () => Array.from({ length: random.between(1, 2) }, () => ({ workload: random.pick(allWorkloads), code: random.pick(faultCodes) }));
  const users = Array.from({ length: userCount }, (_, n) => ({
    id: user(n + 1),
    ...(random.chance(0.12) ? { invalid: faults(), ...(random.chance(0.3) ? { invalidRounds: 1 } : {}) } : {}),
    ...(random.chance(0.1) ? { failed: faults(), ...(random.chance(0.3) ? { failedRounds: 1 } : {}) } : {}),
  }));
  const jobs = Array.from({ length: random.chance(0.12) ? 1 : 0 }, () => ({
    user: user(random.between(1, userCount)),
    ...(random.chance(0.8) ? { stuckIn: random.pick(stuck), stuckSeconds: random.spread(300, random.chance(0.1) ? 100_000 : 3_000) } : { fails: true }),
  }));
  const isLong = random.chance(0.03);
  return {
    seed: random.below(1_000_000),
    users,
    jobs,
    timings: {
      validation: { min: 60, max: isLong ? 3_000 : 300 },
      processing: { min: 30, max: 200 },
      sync: { min: 60, max: isLong ? 40_000 : 900 },
      cutover: { min: 60, max: isLong ? 4_000 : 500 },
      cancel: { min: 10, max: 180 },
      token: random.pick([600, 3_600, 86_400]),
    },
    switches: {
      userTaskWrites,
      autoValidateOnCreate: random.chance(0.1),
      strictCompleteAfter: random.chance(0.2),
      revalidateExpired: random.chance(0.7),
      wrapSingleEntities: random.chance(0.1),
      cancelAnswersOk: random.chance(0.2),
      cancelOnlyBeforeMigrate: random.chance(0.1),
      updateAnswersJob: random.chance(0.2),
      oldStatusSpelling: random.chance(0.1),
      oldValidationWords: random.chance(0.1),
      emptyFirstPage: random.chance(0.1),
      maxUsersPerJob: random.chance(0.04) ? 2 : 100,
    },
    pageSize: random.pick([1, 2, 20]),
  };
}
