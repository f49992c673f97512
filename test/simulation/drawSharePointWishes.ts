import { askedFor, sharePointFor } from './circumstance.ts';
import type { Aim } from './aim.ts';
import type { Submission } from './drawSubmissions.ts';
import { drawMoment, newWish, type Wish } from './drawWishes.ts';
import type { SeededRandom } from './seededRandom.ts';

const hour = 3_600_000;
const phases = ['queued', 'validating', 'moving', 'moving', 'ended'];

/** What is asked of the SharePoint requests of a run, which stand at `first` and after it among the submissions. */
export function drawSharePointWishes(
  random: SeededRandom,
  submissions: readonly Submission[],
  first: number,
  aim: Aim,
): Wish[] {
  const wishes: Wish[] = [];
  const add = (submission: number, kind: Wish['kind'], members: Partial<Wish> = {}): void => {
    wishes.push({
      ...newWish(random, `move-wish-${String(wishes.length)}`),
      submission,
      kind,
      moment: drawMoment(random, phases),
      ...members,
    });
  };
  const wanted =
    sharePointFor(aim) === undefined ? undefined : askedFor(aim, random.fork('aimed move'));
  if (wanted !== undefined)
    add(first, wanted.kind, { userIndex: 0, givesUp: false, moment: wanted.moment });
  for (const [index, { what, body }] of submissions.entries()) {
    if (index < first || what !== 'first') continue;
    if (typeof body === 'object' && body !== null && 'approval' in body) {
      const phase = 'approval';
      if (random.chance(0.85))
        add(index, 'approve', { moment: { phase, afterMs: random.spread(1_000, 2 * hour) } });
      if (random.chance(0.15))
        add(index, 'approve', {
          by: 'LEE@fabrikam.com',
          moment: { phase, afterMs: random.spread(1, hour) },
        });
      if (random.chance(0.2))
        add(index, 'reject', {
          by: 'kim@fabrikam.com',
          moment: { phase, afterMs: random.spread(1_000, 2 * hour) },
        });
    }
    if (random.chance(0.3))
      add(index, 'retry', {
        moment: { phase: 'ended', afterMs: random.chance(0.3) ? 0 : random.spread(1, hour) },
      });
    for (
      let count =
        sharePointFor(aim) === undefined ? random.pick([0, 0, 1, 1, 2, 3]) : random.pick([0, 0, 1]);
      count > 0;
      count -= 1
    )
      add(
        index,
        random.weighted({
          cancel: 3,
          cancelTask: 4,
          reschedule: 3,
          pause: 2,
          retry: 1,
          updateTask: 0.3,
          addTasks: 0.3,
          deleteJobs: 0.3,
        }),
      );
  }
  return wishes;
}
