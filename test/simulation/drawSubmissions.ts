import { allWorkloads } from '../../shared/contracts/request.ts';
import type { Aim } from './aim.ts';
import { requestFor } from './circumstance.ts';
import { user, userCount } from './drawScenario.ts';
import type { SeededRandom } from './seededRandom.ts';

/** A request as its sender sends it. */
export interface Submission {
  readonly afterMs: number;
  readonly way: 'http' | 'queue' | 'blob';
  readonly key: string | undefined;
  /** The parsed body, or a text that is no JSON. */
  readonly body: unknown;
  /** Whoever hears nothing leaves it at that. */
  readonly givesUp: boolean;
  readonly what: 'first' | 'duplicate' | 'conflict' | 'bad';
}

export const startMs = Date.parse('2026-11-20T08:00:00.000Z');
const hour = 3_600_000;

/** An approval may be waited for that long: longer than Graph honours a validation. */
export const patientHours = 200;

/** The requests of a run: one to three good ones, some of them again or changed, and now and then a bad one. */
export function drawSubmissions(random: SeededRandom, aim: Aim): Submission[] {
  const submissions: Submission[] = [];
  const count = random.pick([1, 1, 1, 2, 3]);
  for (let n = 1; n <= count; n += 1) {
    const drawn = drawRequest(random, n);
    const request = n === 1 ? requestFor(aim, drawn, random.fork('aimed request'), startMs) : drawn;
    const first: Submission = {
      afterMs: n === 1 || random.chance(0.3) ? 0 : random.spread(1_000, 5 * hour),
      way: random.weighted({ http: 5, queue: 4, blob: 1 }),
      key: undefined,
      body: request,
      givesUp: random.chance(0.2),
      what: 'first',
    };
    const keyed =
      first.way === 'http' && random.chance(0.4) ? { ...first, key: `key-${String(n)}` } : first;
    submissions.push(keyed);
    for (let again = random.pick([0, 0, 0, 1, 2]); again > 0; again -= 1) {
      const way = keyed.key === undefined ? random.weighted({ http: 1, queue: 1 }) : 'http';
      submissions.push({
        ...keyed,
        way,
        afterMs: keyed.afterMs + (random.chance(0.4) ? 0 : random.spread(1, 10 * hour)),
        what: 'duplicate',
      });
    }
    if (random.chance(0.15)) {
      submissions.push({
        ...keyed,
        body: { ...request, users: [user(random.between(1, userCount))], workloads: ['Teams'] },
        afterMs: keyed.afterMs + (random.chance(0.6) ? 0 : random.spread(1, 10 * hour)),
        what: 'conflict',
      });
    }
  }
  if (random.chance(0.25))
    submissions.push({
      afterMs: random.spread(1, hour),
      way: random.pick(['http', 'queue', 'blob']),
      key: undefined,
      body: drawBad(random),
      givesUp: false,
      what: 'bad',
    });
  return submissions;
}

function drawRequest(random: SeededRandom, n: number): object {
  const size = random.pick([1, 1, 1, 2, 2, 3, 4, 6]);
  // Mostly users of its own; where two requests share one, the later one does not get them.
  const offset = random.chance(0.75) ? (n - 1) * 3 : random.below(userCount);
  const users = Array.from({ length: size }, (_, index) =>
    user(1 + ((offset + index) % userCount)),
  );
  const workloads = random.chance(0.7)
    ? undefined
    : random.pick([['Teams'], ['ODSP'], ['Exchange', 'ODSP'], [...allWorkloads]]);
  return {
    kind: 'users',
    name: `wave ${String(n)}`,
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: users.map((id, index) =>
      random.chance(0.2)
        ? {
            targetUserId: id.toUpperCase(),
            sourceUserPrincipalName: `user${String(index)}@contoso.com`,
            ...(random.chance(0.2) ? { moveAgain: true } : {}),
          }
        : id,
    ),
    ...(workloads === undefined ? {} : { workloads }),
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
    requestedBy: 'lee@fabrikam.com',
    ...(random.chance(0.3)
      ? {
          completeAfterDateTime: new Date(
            startMs + random.spread(hour / 60, (random.chance(0.05) ? 40 : 3) * hour),
          ).toISOString(),
        }
      : {}),
    ...(random.chance(0.12) ? { validateOnly: true } : {}),
    ...(random.chance(0.3) ? { onConflict: random.pick(['leaveOut', 'leaveOut', 'refuse']) } : {}),
    ...(random.chance(0.05) ? { moveAgain: true } : {}),
    ...(random.chance(0.2)
      ? { onInvalid: 'hold', holdTimeoutHours: random.chance(0.05) ? 30 : random.pick([1, 1, 2]) }
      : {}),
    ...(random.chance(0.35)
      ? {
          approval: {
            required: true,
            timeoutHours: random.chance(0.03)
              ? random.pick([30, patientHours])
              : random.pick([1, 1, 2, 4]),
          },
        }
      : {}),
  };
}

function drawBad(random: SeededRandom): unknown {
  return random.pick<unknown>([
    'this is no JSON',
    { kind: 'users', name: 'bad' },
    { kind: 'users', name: 'bad', sourceTenantId: 'x', users: [user(1)], workloads: ['Teams'] },
    {
      kind: 'users',
      name: 'bad',
      sourceTenantId: '11111111-2222-3333-4444-555555555555',
      users: [user(1), user(1)],
      workloads: ['Teams'],
    },
    {
      kind: 'users',
      name: 'bad',
      sourceTenantId: '11111111-2222-3333-4444-555555555555',
      users: [user(1)],
      workloads: ['Meeting'],
    },
    { requestBlob: 'nobody-has-left-it.json' },
    [1, 2, 3],
  ]);
}
