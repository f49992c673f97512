import type { MigrationDetail } from '../../../local/demo/apiClient.ts';
import { isFinalPhase } from '../../../shared/domain/outcomes.ts';
import type { SeededRandom } from '../../simulation/seededRandom.ts';
import { userId, usersRequest } from '../usersRequest.ts';

/** Something that is asked of a running migration, at a moment of its own. */
export interface PlannedCommand {
  /** What follows `/migrations/{id}/`. */
  readonly path: string;
  readonly body: (nowMs: number) => object;
  /** Left out: at any moment. */
  readonly when?: (migration: MigrationDetail) => boolean;
  /** Real milliseconds after that moment. */
  readonly afterMs: number;
}

/** A request with all that is asked of it on the way. */
export interface PlannedMigration {
  readonly name: string;
  readonly request: (nowMs: number) => object;
  readonly way: 'http' | 'queue' | 'both';
  /** How often its message is put into the queue. */
  readonly copies: number;
  readonly commands: readonly PlannedCommand[];
}

/** The Graph of these migrations: in each series user 2 or 3 fails as the request of the series needs it. */
export const crashScenario = {
  timings: {
    sync: { min: 3_600, max: 3 * 3_600 },
    cutover: { min: 600, max: 1_800 },
    // On a clock this fast an hour's token would be old before it is used.
    token: 30 * 86_400,
  },
  users: [
    {
      id: userId(801, 3),
      invalid: [{ workload: 'Exchange', code: 'CTM-100', message: 'no identity mapping' }],
    },
    {
      id: userId(801, 5),
      failed: [{ workload: 'Teams', code: 'CTTM-005', message: 'no licence' }],
    },
    {
      id: userId(802, 2),
      invalid: [{ workload: 'Teams', code: 'CTM-100', message: 'no identity mapping' }],
    },
    {
      id: userId(804, 2),
      invalid: [{ workload: 'Teams', code: 'CTM-100', message: 'no identity mapping' }],
      invalidTimes: 1,
    },
    {
      id: userId(805, 2),
      failed: [{ workload: 'Exchange', code: 'EXCH-08', message: 'decreed' }],
      failedTimes: 1,
    },
  ],
  sharePoint: {
    sources: [
      { source: 'sites/bad$', invalid: { code: 'MnASiteMoveTargetUrlHasWriteConflict' } },
      { source: 'sites/fails$', failed: { code: 'MnASiteMoveGeneralError' } },
    ],
  },
};

/** Users of a batch: small, so that every migration has several. */
export const crashBatchSize = 3;

/** A second is 20 minutes: a migration takes half a minute, and the lead that the app gives a cutover is longer than a slow call. */
export const crashSpeed = 1_200;

const by = 'ana@fabrikam.com';
const site = (name: string) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/${name}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/${name}`,
});
const hasEnded = ({ phase }: MigrationDetail): boolean => isFinalPhase(phase);
const isPlanned = ({ phase }: MigrationDetail): boolean => phase !== 'accepted';
const isHeld = (migration: MigrationDetail): boolean =>
  hasEnded(migration) || migration.batches.some(({ phase }) => phase === 'held');
const inHours = (hours: number) => (nowMs: number) => ({
  by,
  completeAfterDateTime: new Date(nowMs + hours * 3_600_000).toISOString(),
});

/** One migration of each kind, in an order and with moments that the seed draws; `cutoverHours` lie between a request and its cutover. */
export function plannedMigrations(random: SeededRandom, cutoverHours: number): PlannedMigration[] {
  const anyMoment = (
    path: string,
    body: PlannedCommand['body'] = () => ({ by }),
  ): PlannedCommand => ({ path, body, afterMs: random.between(0, 10_000) });
  const promptly = (
    path: string,
    when: NonNullable<PlannedCommand['when']>,
    body: PlannedCommand['body'] = () => ({ by }),
  ): PlannedCommand => ({ path, body, when, afterMs: random.between(0, 1_000) });
  const ofOneUser = (id: string): PlannedCommand => ({
    ...anyMoment(`tasks/${id}/cancel`),
    when: isPlanned,
  });
  const whenAsked = (path: string): PlannedCommand => ({
    ...anyMoment(path),
    when: (migration) => hasEnded(migration) || migration.approvals.length > 0,
  });
  const approval = {
    requestedBy: 'lee@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
  };
  const kinds: readonly (readonly [string, object, readonly PlannedCommand[]])[] = [
    ['plain', usersRequest('plain', 801, 7), []],
    ['validate-only', usersRequest('validate-only', 802, 4, { validateOnly: true }), []],
    ['approved', usersRequest('approved', 803, 5, approval), [whenAsked('approve')]],
    [
      'decided',
      usersRequest('decided', 813, 2, approval),
      [whenAsked('reject'), whenAsked('approve')],
    ],
    [
      'unanswered',
      usersRequest('unanswered', 823, 2, {
        ...approval,
        approval: { required: true, timeoutHours: 8 },
      }),
      [],
    ],
    [
      'held',
      usersRequest('held', 804, 4, { onInvalid: 'hold', holdTimeoutHours: 700 }),
      [promptly('revalidate', isHeld)],
    ],
    ['retried', usersRequest('retried', 805, 4), [promptly('retry', hasEnded)]],
    [
      'enlarged',
      usersRequest('enlarged', 806, 3),
      [anyMoment('tasks', () => ({ by, users: [userId(806, 11), userId(806, 12)] }))],
    ],
    ['cancelled', usersRequest('cancelled', 807, 6), [anyMoment('cancel')]],
    [
      'moved',
      usersRequest('moved', 808, 4),
      [anyMoment('reschedule', inHours(20)), anyMoment('pause'), anyMoment('resume')],
    ],
    [
      'thinned',
      usersRequest('thinned', 809, 5),
      [ofOneUser(userId(809, 1)), ofOneUser(userId(809, 4))],
    ],
    [
      'sites',
      {
        kind: 'sharePoint',
        name: 'sites',
        validateFirst: true,
        tasks: ['a', 'b', 'bad', 'fails'].map(site),
      },
      [],
    ],
    [
      'sites-cancelled',
      { kind: 'sharePoint', name: 'sites-cancelled', tasks: ['c', 'd', 'e', 'f'].map(site) },
      [anyMoment('cancel')],
    ],
  ];
  // A message that a crash has cut off comes again only after ten seconds: those come first and have more time.
  const ways = ['queue', 'both', 'http'] as const;
  return shuffled(kinds, random).map(([name, request, commands], index) => {
    // With function keys nobody could approve what comes by the queue.
    const way =
      'approval' in request
        ? 'http'
        : (ways[Math.floor((index * ways.length) / kinds.length)] ?? 'http');
    return {
      name,
      request: withCutover(request, way === 'queue' ? 2 * cutoverHours : cutoverHours),
      commands: withLast(commands),
      way,
      copies: random.between(1, 3),
    };
  });
}

function shuffled<T>(items: readonly T[], random: SeededRandom): T[] {
  return items
    .map((item) => ({ item, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A request for users with a cutover so many hours ahead of the instant at which it is made. */
function withCutover(request: object, hours: number): PlannedMigration['request'] {
  return (nowMs) =>
    'users' in request
      ? { ...request, completeAfterDateTime: new Date(nowMs + hours * 3_600_000).toISOString() }
      : request;
}

/** A pause is always followed by its end: nothing would move otherwise. */
function withLast(commands: readonly PlannedCommand[]): PlannedCommand[] {
  const ordered = [...commands].sort((a, b) => a.afterMs - b.afterMs);
  const resume = ordered.findIndex(({ path }) => path === 'resume');
  if (resume === -1 || ordered.findIndex(({ path }) => path === 'pause') < resume) return ordered;
  return [
    ...ordered.slice(0, resume),
    ...ordered.slice(resume + 1),
    ...ordered.slice(resume, resume + 1),
  ];
}
