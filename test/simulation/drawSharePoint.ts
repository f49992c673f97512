import type { z } from 'zod';
import type { sharePointScenarioSchema } from '../../local/graph-emulator/index.ts';
import { parameterTypes } from '../../shared/contracts/sharePointParameters.ts';
import type { Aim } from './aim.ts';
import { sharePointFor } from './circumstance.ts';
import { startMs, type Submission } from './drawSubmissions.ts';
import type { SeededRandom } from './seededRandom.ts';

export const sourceTenantId = '11111111-2222-3333-4444-555555555555';

/** What can be moved: each source of one of the ways in which Graph finds it. */
export type Source = 'userName' | 'userId' | 'site' | 'group';

const hour = 3_600_000;
const sources: readonly Source[] = ['userName', 'userId', 'site', 'group'];
const sourceCount = 5;
const sourceName = (n: number): string => `kim${String(n)}@contoso.com`;
const sourceId = (n: number): string => `bbbbbbbb-0000-4000-8000-${String(n).padStart(12, '0')}`;
const groupId = (n: number): string => `cccccccc-0000-4000-8000-${String(n).padStart(12, '0')}`;
const targetGroupId = (n: number): string =>
  `dddddddd-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** The SharePoint requests of a run: none in most, else one or two, some of them again; always one where the aim needs it. */
export function drawSharePoint(random: SeededRandom, aim: Aim): Submission[] {
  const submissions: Submission[] = [];
  const needed = sharePointFor(aim) === undefined ? 0 : 1;
  const count = Math.max(needed, random.chance(0.2) ? random.pick([1, 1, 2]) : 0);
  for (let n = 1; n <= count; n += 1) {
    const first: Submission = {
      afterMs: n === 1 || random.chance(0.3) ? 0 : random.spread(1_000, 5 * hour),
      way: random.weighted({ http: 4, queue: 4, blob: 1 }),
      key: undefined,
      body: drawRequest(random, n, needed === n ? aim : undefined),
      givesUp: needed < n && random.chance(0.2),
      what: 'first',
    };
    submissions.push(first);
    if (random.chance(0.3))
      submissions.push({
        ...first,
        way: random.pick(['http', 'queue']),
        afterMs: first.afterMs + (random.chance(0.4) ? 0 : random.spread(1, 10 * hour)),
        what: 'duplicate',
      });
  }
  return submissions;
}

function drawRequest(random: SeededRandom, n: number, aim: Aim | undefined): object {
  const needs = aim === undefined ? {} : (sharePointFor(aim) ?? {});
  const isPlain = aim !== undefined;
  const hasMappings = needs.mappings === true || random.chance(0.3);
  const checks = needs.checksMappings === true || (hasMappings && random.chance(0.5));
  // The one create whose answer is lost must be that of the source.
  const size = needs.source === undefined ? random.pick([1, 1, 2, 3, 4]) : 1;
  const offset = random.chance(0.75) ? n - 1 : random.below(sourceCount);
  // Graph finds a mapping by the name of a user, not by his id.
  const kinds = Array.from(
    { length: size },
    () =>
      needs.source ??
      random.pick(checks ? sources.filter((source) => source !== 'userId') : sources),
  );
  // Two ways to name one user are two sources for the app, and one for Graph.
  const tasks = kinds.map((kind, index) =>
    drawTask(random, kind, 1 + ((2 * offset + index) % sourceCount), isPlain),
  );
  const mappings = {
    users: Array.from({ length: sourceCount }, (_, index) => mappedUser(index + 1)),
    groups: Array.from({ length: sourceCount }, (_, index) => mappedGroup(index + 1)),
  };
  return {
    kind: 'sharePoint',
    name: `sites ${String(n)}`,
    tasks,
    requestedBy: 'lee@fabrikam.com',
    // A validation is a create to Graph: it would be the one whose answer is lost.
    ...(random.chance(0.4) && needs.source === undefined ? { validateFirst: true } : {}),
    ...(random.chance(0.4) ? { onConflict: 'leaveOut' } : {}),
    ...(random.chance(0.05) ? { moveAgain: true } : {}),
    ...(!isPlain && random.chance(0.1) ? { validateOnly: true } : {}),
    ...(!isPlain && random.chance(0.25)
      ? { approval: { required: true, timeoutHours: random.pick([1, 2, 12]) } }
      : {}),
    ...(hasMappings || checks
      ? {
          identityMappings:
            random.chance(0.8) || isPlain
              ? mappings
              : { users: mappings.users.slice(1), groups: mappings.groups },
        }
      : {}),
    ...(checks ? { checkIdentityMappings: true } : {}),
  };
}

function drawTask(random: SeededRandom, kind: Source, n: number, isPlain: boolean): object {
  const startAtMs = startMs + random.spread(hour / 4, 12 * hour);
  const latestAtMs = startAtMs + random.spread(hour / 4, 12 * hour);
  const common = {
    ...(random.chance(0.8)
      ? { targetOrganizationHost: 'https://fabrikam-my.sharepoint.com' }
      : { targetOrganizationId: '99999999-8888-7777-6666-555555555555' }),
    ...(random.chance(0.2) ? { targetDataLocationCode: random.pick(['NAM', null]) } : {}),
    ...(random.chance(0.2) ? { preferredStartDateTime: iso(startAtMs) } : {}),
    ...(!isPlain && random.chance(0.15) ? { preferredLatestStartDateTime: iso(latestAtMs) } : {}),
    ...(!isPlain && random.chance(0.05) ? { validateOnly: true } : {}),
  };
  switch (kind) {
    case 'userName':
      return {
        '@odata.type': parameterTypes.user,
        ...common,
        sourceUserIdentity: { userPrincipalName: sourceName(n) },
        targetUserIdentity: { userPrincipalName: `kim${String(n)}@fabrikam.com` },
      };
    case 'userId':
      return {
        '@odata.type': parameterTypes.user,
        ...common,
        sourceUserIdentity: { id: sourceId(n) },
        targetUserIdentity: { userPrincipalName: `kim${String(n)}@fabrikam.com` },
      };
    case 'site':
      return {
        '@odata.type': parameterTypes.site,
        ...common,
        sourceSiteUrl: `https://contoso.sharepoint.com/sites/${random.pick(['Team', 'team'])}${String(n)}`,
        targetSiteUrl: `https://fabrikam.sharepoint.com/sites/Team${String(n)}`,
      };
    case 'group':
      return {
        '@odata.type': parameterTypes.group,
        ...common,
        sourceGroupIdentity: { mailNickname: `group${String(n)}` },
        targetGroupIdentity: { mailNickname: `group${String(n)}-target` },
      };
  }
}

function mappedUser(n: number): object {
  return {
    sourceUserIdentity: { userPrincipalName: sourceName(n) },
    targetUserIdentity: { userPrincipalName: `kim${String(n)}@fabrikam.com` },
  };
}

function mappedGroup(n: number): object {
  return {
    sourceGroupIdentity: { id: groupId(n) },
    targetGroupIdentity: { id: targetGroupId(n) },
    targetGroupMigrationData: { mailNickname: `group${String(n)}-target` },
  };
}

function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** How Graph behaves to SharePoint tasks in a run: short courses, and now and then a source that cannot be moved. */
export function drawSharePointScenario(
  random: SeededRandom,
  aim: Aim,
): z.input<typeof sharePointScenarioSchema> {
  const needs = sharePointFor(aim);
  const isPlain = needs !== undefined;
  const names = Array.from(
    { length: sourceCount },
    (_, index) => `(kim|team|group)${String(index + 1)}\\b|${sourceId(index + 1)}`,
  );
  const fault = (): { code: string } => ({
    code: random.pick(['MnAContentFailed', 'MnASiteLocked', 'X-NEW']),
  });
  const decrees = names.flatMap((source) => [
    ...(random.chance(0.06) && !isPlain
      ? [
          {
            source,
            refused: random.pick([
              'accessDenied',
              'noTrust',
              'noOneDrive',
              'noIdentityMapEntry',
              'sameFarm',
            ] as const),
            ...(random.chance(0.5) ? { refusedTimes: random.between(1, 2) } : {}),
          },
        ]
      : []),
    ...(random.chance(0.08) && !isPlain
      ? [{ source, invalid: fault(), ...(random.chance(0.4) ? { invalidTimes: 1 } : {}) }]
      : []),
    ...(random.chance(0.15)
      ? [{ source, failed: fault(), ...(random.chance(0.5) ? { failedTimes: 1 } : {}) }]
      : []),
    ...(random.chance(0.08)
      ? [
          {
            source,
            stuckIn: random.pick(['notStarted', 'inProgress'] as const),
            stuckSeconds: random.spread(300, random.chance(0.1) ? 150_000 : 6_000),
          },
        ]
      : []),
  ]);
  return {
    timings: {
      queue: needs?.queueSeconds ?? { min: 30, max: random.pick([60, 600, 6_000]) },
      migration: { min: 60, max: random.pick([300, 3_000, 20_000]) },
    },
    sources: decrees,
    directory: Array.from({ length: sourceCount }, (_, index) => ({
      id: sourceId(index + 1),
      userPrincipalName: sourceName(index + 1),
    })),
    switches: {
      // Without the trust no look-up is ever answered, and nothing begins: the fault `trustMissing` strikes for a time.
      noTrust: false,
      sameFarm: random.chance(0.02) && !isPlain,
      demandIdentityMap: random.chance(0.1) && !isPlain,
      refuseRepeatedCreate: random.chance(0.15),
      failedValidationReturnsOk: random.chance(0.2),
      maxQueuedMoves: random.chance(0.12) ? random.between(1, 3) : 4_000,
      overQueueStatus: random.pick([422, 429, 503, 507]),
      jobsShareQueue: random.chance(0.5),
      errorsAsList: random.chance(0.2),
      completedSpelling: random.pick(['completed', 'completed', 'success', 'Completed']),
      unpaddedMonths: random.chance(0.2),
      defaultDataLocation: random.pick(['FRA', null]),
      fillInIdentities: random.chance(0.8),
    },
  };
}
