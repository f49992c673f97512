import { describe, expect, it } from 'vitest';
import type { SharePointParameters } from '../../../shared/contracts/sharePointParameters.ts';
import { nextTaskPollSeconds } from '../../../shared/domain/polling.ts';
import {
  canStartAt,
  createParameters,
  firstDifference,
} from '../../../shared/domain/sharePoint.ts';

const site: SharePointParameters = {
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
  sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
  targetSiteUrl: 'https://fabrico.sharepoint.com/sites/IT',
};
const user: SharePointParameters = {
  '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
  targetOrganizationId: '78d010af-72cb-412f-8779-18ce9b5f553b',
  targetDataLocationCode: null,
  sourceUserIdentity: { id: 'da157a29-f793-4dd6-9c73-41d2c73c2546' },
  targetUserIdentity: { id: 'cb53ea98-6151-44cc-9c21-098a3c3e3988' },
};

describe('a task that Graph shows', () => {
  it('is the same if the sent parameters match, whatever Graph adds or omits', () => {
    const filled = {
      ...user,
      targetDataLocationCode: 'FRA',
      sourceUserIdentity: {
        id: 'DA157A29-f793-4dd6-9c73-41d2c73c2546',
        userPrincipalName: 'source-user@contoso.onmicrosoft.com',
      },
    };
    expect(firstDifference(user, filled, 'all')).toBeNull();
    expect(
      firstDifference(
        site,
        {
          ...site,
          targetOrganizationHost: undefined,
          sourceSiteUrl: 'https://contoso.sharepoint.com/sites/it/',
        },
        'all',
      ),
    ).toBeNull();
    expect(firstDifference({ ...site, validateOnly: true }, site, 'all')).toBeNull();
  });

  it('is not when anything that was sent is otherwise', () => {
    expect(
      firstDifference(
        site,
        { ...site, targetSiteUrl: 'https://fabrico.sharepoint.com/sites/other' },
        'all',
      ),
    ).toBe('targetSiteUrl');
    expect(
      firstDifference(
        site,
        { ...site, targetOrganizationHost: 'https://fabrico.sharepoint.com' },
        'all',
      ),
    ).toBe('targetOrganizationHost');
    expect(
      firstDifference(
        site,
        { ...site, targetOrganizationHost: 'https://fabrico.sharepoint.com' },
        'task',
      ),
    ).toBeNull();
    expect(
      firstDifference(
        user,
        { ...user, targetUserIdentity: { id: '00000000-6151-44cc-9c21-098a3c3e3988' } },
        'task',
      ),
    ).toBe('targetUserIdentity');
  });

  it('starts at the same instant, however that is written', () => {
    const sent = { ...site, preferredStartDateTime: '2026-08-31T16:00:00Z' };
    expect(
      firstDifference(sent, { ...site, preferredStartDateTime: '2026-8-31T16:00:00.000Z' }, 'all'),
    ).toBeNull();
    expect(firstDifference(sent, site, 'all')).toBe('preferredStartDateTime');
    expect(firstDifference(sent, site, 'task')).toBeNull();
  });
});

describe('what is sent to create a task', () => {
  it('is what the request says, never a validation', () => {
    expect(createParameters({ ...user, validateOnly: false }, null)).toEqual(user);
  });

  it('starts at the date of a reschedule, unless it must have started by then', () => {
    const sent = {
      ...site,
      preferredStartDateTime: '2026-12-01T00:00:00Z',
      preferredLatestStartDateTime: '2026-12-05T00:00:00Z',
    };
    expect(createParameters(sent, '2026-12-03T10:00:00.123+02:00')).toEqual({
      ...sent,
      preferredStartDateTime: '2026-12-03T08:00:00Z',
    });
    expect(createParameters(sent, '2026-12-05T00:00:00Z')).toEqual(sent);
    expect([
      canStartAt(sent, '2026-12-05T00:00:00Z'),
      canStartAt(site, '2030-12-05T00:00:00Z'),
    ]).toEqual([false, true]);
  });
});

describe('the next status check of a task', () => {
  const look = (changes: object): number =>
    Math.round(
      nextTaskPollSeconds({
        status: 'inProgress',
        polls: 0,
        nowMs: 0,
        startMs: null,
        instanceId: 'x',
        ...changes,
      }) / 60,
    );

  it('comes soon at first, more seldom later, and by the start of a task that waits for it', () => {
    expect(look({ polls: 1 })).toBeLessThanOrEqual(6);
    expect(look({ polls: 50 })).toBeGreaterThanOrEqual(12);
    expect(look({ polls: 50 })).toBeLessThanOrEqual(18);
    expect(look({ polls: 500 })).toBeGreaterThanOrEqual(24);
    expect(look({ status: 'notStarted', startMs: 10 * 86_400_000 })).toBeGreaterThanOrEqual(24);
    expect(look({ status: 'notStarted', startMs: 600_000 })).toBeLessThanOrEqual(12);
    expect(look({ status: 'queued', polls: 5_000 })).toBeLessThanOrEqual(6);
  });
});
