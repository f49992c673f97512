import { z } from 'zod';
import type { CommandKind } from '../../shared/contracts/command.ts';
import type { Aim } from './aim.ts';
import { askedFor, sharePointFor } from './circumstance.ts';
import type { Outage } from './drawOutages.ts';
import { patientHours, type Submission } from './drawSubmissions.ts';
import type { SeededRandom } from './seededRandom.ts';

/** When somebody asks: so long after the request was accepted, or so long after one of its batches came into a phase. */
export type Moment =
  | { readonly afterMs: number }
  | { readonly phase: string; readonly afterMs: number }
  | { readonly atRequest: number };

/** Something that somebody will ask of a migration. */
export interface Wish {
  readonly submission: number;
  readonly kind: CommandKind;
  readonly by: string;
  readonly moment: Moment;
  /** The same key makes the same command out of a repetition. */
  readonly key: string | undefined;
  /** Which of the request's users. */
  readonly userIndex: number;
  /** Hours from then, for `reschedule`. */
  readonly hours: number;
  /** Of a pause: how long after it somebody resumes. */
  readonly resumeAfterMs: number;
  /** Of a revalidation: go on without those who are still invalid. */
  readonly continueWithout: boolean;
  /** Whoever asks hears nothing and leaves it at that. */
  readonly givesUp: boolean;
}

const hour = 3_600_000;
// So long Graph honours a validation.
const week = 168 * hour;
const approvalSchema = z.object({ approval: z.object({ timeoutHours: z.number() }) });
const phases = [
  'queued',
  'creating',
  'validating',
  'cancelling',
  'syncing',
  'cuttingOver',
  'recording',
  'held',
  'outOfSight',
  'ended',
];

/** What is asked in a run. Who is asked for approval answers, mostly; the rest comes at any moment. */
export function drawWishes(
  random: SeededRandom,
  submissions: readonly Submission[],
  aim: Aim,
): Wish[] {
  const wishes: Wish[] = [];
  const add = (submission: number, kind: CommandKind, members: Partial<Wish> = {}): void => {
    wishes.push({
      submission,
      kind,
      moment: drawMoment(random, phases),
      ...newWish(random, `wish-${String(wishes.length)}`),
      ...members,
    });
  };
  const late = random.fork('late wishes');
  const again = random.fork('asked again');
  const named = (drawn: SeededRandom, key: string): Partial<Wish> => ({
    ...newWish(drawn, key),
    userIndex: 3,
  });
  const wanted =
    sharePointFor(aim) === undefined ? askedFor(aim, random.fork('aimed wish')) : undefined;
  if (wanted !== undefined)
    add(0, wanted.kind, { userIndex: 0, givesUp: false, moment: wanted.moment });
  for (const [index, { what, body }] of submissions.entries()) {
    if (what !== 'first') continue;
    const approval = approvalSchema.safeParse(body).data?.approval;
    if (approval?.timeoutHours === patientHours) {
      add(index, 'approve', {
        moment: { phase: 'approval', afterMs: random.between(week, patientHours * hour) },
      });
      add(index, 'approve', {
        ...named(again, `again-${String(index)}`),
        moment: { phase: 'approval again', afterMs: again.spread(1_000, 20 * hour) },
      });
    } else if (approval !== undefined) {
      const phase = 'approval';
      if (random.chance(0.2))
        add(index, 'approve', {
          by: 'LEE@fabrikam.com',
          moment: { phase, afterMs: random.spread(1, hour) },
        });
      if (random.chance(0.85))
        add(index, 'approve', {
          moment: { phase, afterMs: random.spread(1_000, (random.chance(0.1) ? 20 : 1) * hour) },
        });
      if (random.chance(0.2))
        add(index, 'reject', {
          by: 'kim@fabrikam.com',
          moment: { phase, afterMs: random.spread(1_000, 10 * hour) },
        });
      if (random.chance(0.1)) add(index, 'approve');
      // After an approval users may come in by somebody else.
      if (again.chance(0.15))
        add(index, 'addTasks', {
          ...named(again, `more-${String(index)}`),
          by: 'kim@fabrikam.com',
          moment: { phase: 'syncing', afterMs: again.spread(1_000, hour) },
        });
      // Whoever is asked again answers again, mostly.
      if (again.chance(0.85))
        add(index, 'approve', {
          ...named(again, `again-${String(index)}`),
          moment: { phase: 'approval again', afterMs: again.spread(1_000, 2 * hour) },
        });
    }
    if (typeof body === 'object' && body !== null && 'onInvalid' in body) {
      if (random.chance(0.9))
        add(index, 'revalidate', {
          moment: { phase: 'held', afterMs: random.spread(1_000, 3 * hour) },
        });
      if (random.chance(0.5))
        add(index, 'revalidate', {
          continueWithout: true,
          moment: { phase: 'held', afterMs: random.spread(1_000, 10 * hour) },
        });
    }
    if (late.chance(0.06))
      add(index, 'deleteJobs', { moment: { phase: 'ended', afterMs: late.spread(1, 40 * hour) } });
    if (random.chance(0.2))
      add(index, 'retry', {
        moment: { phase: 'ended', afterMs: random.chance(0.3) ? 0 : random.spread(1, hour) },
      });
    for (let count = random.pick([0, 0, 0, 1, 1, 2, 3]); count > 0; count -= 1) {
      add(
        index,
        random.weighted({
          cancel: 4,
          reschedule: 3,
          cancelTask: 4,
          pause: 3,
          approve: 0.3,
          reject: 0.3,
          retry: 0.5,
          revalidate: 0.5,
          addTasks: 3,
          updateTask: 2,
        }),
      );
    }
  }
  return wishes;
}

/** What is asked while reads are refused: above all to stop. */
export function wishesInOutage(
  random: SeededRandom,
  submissions: readonly Submission[],
  outages: readonly Outage[],
): Wish[] {
  return outages.flatMap(({ fromSeconds, untilSeconds }) =>
    Array.from({ length: random.pick([0, 1, 1, 2]) }, (_, n): Wish => {
      const first = submissions.flatMap(({ what }, index) => (what === 'first' ? [index] : []));
      const afterMs =
        1_000 *
        (fromSeconds + random.spread(60, Math.min(untilSeconds - fromSeconds, 10 * 24 * 3_600)));
      return {
        ...newWish(random, `outage-wish-${String(n)}`),
        submission: random.pick(first),
        kind: random.weighted({ cancel: 4, cancelTask: 2, pause: 2, reschedule: 3, retry: 2 }),
        moment: { afterMs },
      };
    }),
  );
}

/** All of a wish that does not depend on what is asked of whom. */
export function newWish(
  random: SeededRandom,
  key: string,
): Omit<Wish, 'submission' | 'kind' | 'moment'> {
  return {
    by: 'ana@fabrikam.com',
    key: random.chance(0.5) ? key : undefined,
    userIndex: random.below(6),
    hours: random.spread(1, random.chance(0.06) ? 40 : 4),
    resumeAfterMs: random.spread(1_000, (random.chance(0.06) ? 20 : 1) * hour),
    continueWithout: random.chance(0.4),
    givesUp: random.chance(0.2),
  };
}

/** When somebody asks: at any time, around a batch's coming into one of the phases, or around a call to Graph. */
export function drawMoment(random: SeededRandom, phases: readonly string[]): Moment {
  switch (random.weighted({ time: 3, phase: 5, request: 3 })) {
    case 'time':
      return { afterMs: random.chance(0.2) ? 0 : random.spread(1, 20 * hour) };
    case 'phase':
      return {
        phase: random.pick(phases),
        afterMs: random.chance(0.5) ? 0 : random.spread(1, 600_000),
      };
    case 'request':
      return { atRequest: random.spread(1, 60) };
  }
}
