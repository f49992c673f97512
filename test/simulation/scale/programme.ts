import type { z } from 'zod';
import {
  type FaultPlan,
  faultPlanSchema,
  type Scenario,
  scenarioSchema,
} from '../../../local/graph-emulator/index.ts';
import { user } from '../drawScenario.ts';
import { SeededRandom } from '../seededRandom.ts';

/** What a programme is drawn from. */
export interface ProgrammeShape {
  readonly seed: number;
  readonly users: number;
  readonly migrations: number;
  /** The share of Graph calls that is refused with 429 by lot. */
  readonly throttled: number;
  readonly acceptEveryHours: number;
  /** From acceptance to the cutover date, at least. */
  readonly leadDays: Range;
  /** From the start of a job to mailboxes in sync; each job draws its own. */
  readonly syncDays: Range;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** One migration of the programme. */
export interface Wave {
  readonly name: string;
  readonly acceptMs: number;
  readonly cutoverMs: number;
  /** A request as the queue takes it. */
  readonly request: { readonly users: readonly string[] } & Readonly<Record<string, unknown>>;
}

export interface Programme {
  readonly waves: readonly Wave[];
  readonly scenario: Scenario;
  readonly faults: FaultPlan;
}

// A Monday morning.
export const programmeStartMs = Date.parse('2026-11-23T08:00:00.000Z');
const hour = 3_600_000;
const day = 24 * hour;
// The app counts on no limit, because Graph publishes none: this stands for a tenant that now and then asks for a minute or five.
const waits = [
  { share: 0.9, retryAfterSeconds: 30 },
  { share: 0.1, retryAfterSeconds: 300 },
] as const;
const invalidShare = 0.002;
const failedShare = 0.005;

/** Draws a programme: who moves when, who fails, and how often Graph asks to wait. The same shape gives the same programme. */
export function drawProgramme(shape: ProgrammeShape): Programme {
  const random = new SeededRandom(shape.seed, 'programme');
  const waves = Array.from({ length: shape.migrations }, (_, index) =>
    drawWave(shape, index, random),
  );
  return {
    waves,
    scenario: scenarioSchema.parse(scenarioOf(shape, random)),
    faults: faultPlanSchema.parse({
      seed: shape.seed,
      faults:
        shape.throttled === 0
          ? []
          : waits.map(({ share, retryAfterSeconds }) => ({
              kind: 'throttledSeconds',
              scope: 'tenant',
              rate: shape.throttled * share,
              retryAfterSeconds,
            })),
    }),
  };
}

function drawWave(
  { users, migrations, acceptEveryHours, leadDays }: ProgrammeShape,
  index: number,
  random: SeededRandom,
): Wave {
  const name = `wave${String(index + 1).padStart(2, '0')}`;
  const acceptMs = programmeStartMs + index * acceptEveryHours * hour;
  const cutoverMs = quietInstant(
    acceptMs + (leadDays.min + (leadDays.max - leadDays.min) * random.fraction()) * day,
    random.chance(0.5),
  );
  const first = Math.floor((users * index) / migrations);
  const last = Math.floor((users * (index + 1)) / migrations);
  return {
    name,
    acceptMs,
    cutoverMs,
    request: {
      kind: 'users',
      name,
      sourceTenantId: '11111111-2222-3333-4444-555555555555',
      users: Array.from({ length: last - first }, (_, n) => user(first + n + 1)),
      exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
      completeAfterDateTime: new Date(cutoverMs).toISOString(),
      requestedBy: 'lee@fabrikam.com',
    },
  };
}

/** The first night, or Friday evening, after an instant. */
function quietInstant(afterMs: number, atWeekend: boolean): number {
  const at = new Date(afterMs);
  at.setUTCHours(atWeekend ? 18 : 21, 0, 0, 0);
  while (at.getTime() < afterMs || (atWeekend && at.getUTCDay() !== 5))
    at.setTime(at.getTime() + day);
  return at.getTime();
}

function scenarioOf(
  { seed, users, syncDays }: ProgrammeShape,
  random: SeededRandom,
): z.input<typeof scenarioSchema> {
  const decreed = Array.from({ length: users }, (_, n) => ({
    id: user(n + 1),
    lot: random.fraction(),
  })).filter(({ lot }) => lot < invalidShare + failedShare);
  return {
    seed,
    users: decreed.map(({ id, lot }) =>
      lot < invalidShare
        ? { id, invalid: [{ workload: 'Exchange', code: 'CTM-100' }] }
        : { id, failed: [{ workload: 'Exchange', code: 'EXCH-15' }] },
    ),
    timings: { sync: { min: (syncDays.min * day) / 1_000, max: (syncDays.max * day) / 1_000 } },
  };
}
