import { describe, expect, it } from 'vitest';
import {
  errorCatalogue,
  explainCode,
  knownErrors,
} from '../../../../shared/domain/errorCatalogue/errorCatalogue.ts';

const numbered = (family: string, ...numbers: number[]): string[] =>
  numbers.map((number) => `${family}-${String(number).padStart(3, '0')}`);

/** Microsoft's published codes, restated: resolve errors during orchestrated migration, and the errors of SharePoint tasks. */
const published = [
  'IM-003',
  ...numbered('MIGR', 1, 2, 3, 4),
  ...numbered('CTM', 1, 2, 100, 101, 102, 103, 104),
  'EXCH-07',
  'EXCH-08',
  'EXCH-15',
  ...numbered('CTTM', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19),
  ...numbered('MMS', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13),
  'TMS-003',
  'FeatureIsNotEnabled',
  'MnATrustNoSetupForPartner',
  'MnAReverseTrustNeedsRequiredPartnerRole',
  'MnATrustWrongCmdletUsage',
  'MnAOdbFailedToGetUrlForSourceUPN',
  'MnAOdbForSourceUPNDoesNotExist',
  'MnAOdbForSourceUPNDoesNotExistYet',
  'MnAOdbOwnerUrlMismatch',
  'MnAIdentityMapEntryDoesNotExistsForSourceUPN',
  'MnAIdentityMapEntryTooManyForSourceUPN',
  'MnAIdentityMapEntryDoesNotMatchRequest',
  'MnAOdbUsersAreNotLicensed',
  'MnATargetUpnIsInvalid',
  'MnATargetDomainIsAlreadyInSourceSiteUsers',
  'MnATargetUserDoesNotExist',
  'MnATargetUserIsNotSpoEnabled',
  'MnAMoveJobWasNotCreated',
  'MnAMoveJobCreationFailed',
  'MnASiteMoveTargetUrlHasWriteConflict',
  'MnATargetUrlNotValidForRename',
  'MnAFatalErrorAdminSiteCouldNotBeUsedAsMySiteHost',
  'MnABYOKEnabledOnSourceTenant',
  'MnAPartnersOnTheSameFarm',
  'MnATargetSideEnvironmentHasConditionsThatBlockTheMove',
  'MnASiteMoveIsInprogressOrFinished',
  'MnAPartnersFarmsAreIncompatible',
];

describe('published codes', () => {
  it.each(published)('%s is known, in any case of letters', (code) => {
    for (const spelling of [code, code.toLowerCase(), code.toUpperCase(), ` ${code} `]) {
      expect(explainCode(spelling)).toMatchObject({ code, known: true });
    }
  });

  it("are all that the families of Microsoft's engines hold", () => {
    const { graph: _graph, own: _own, ...engines } = errorCatalogue;
    expect(
      Object.values(engines)
        .flatMap((family) => Object.keys(family))
        .sort(),
    ).toEqual([...published].sort());
  });

  it('are each in one family only, with something to read', () => {
    const codes = Object.values(errorCatalogue).flatMap((family) => Object.keys(family));
    expect(knownErrors.size).toBe(codes.length);
    for (const { code, meaning, step } of knownErrors.values()) {
      expect(meaning, code).toMatch(/^[A-Z].{10,}\.$/);
      expect(step, code).toMatch(/^[A-Z].{10,}\.$/);
    }
  });

  it('never call for a fix that nobody can make', () => {
    for (const { code, whoCanFix, retry } of knownErrors.values()) {
      if (retry === 'afterFix' && !(code in errorCatalogue.graph))
        expect(whoCanFix, code).not.toBe('nobody');
    }
  });

  it.each([
    ['CTM-102', 'microsoft', 'newJob', 'user'],
    ['CTM-103', 'microsoft', 'newJob', 'user'],
    ['EXCH-15', 'microsoft', 'newJob', 'user'],
    ['MIGR-002', 'sourceAdmin', 'afterFix', 'user'],
    ['MIGR-003', 'nobody', 'sameJob', 'user'],
    ['MMS-011', 'nobody', 'sameJob', 'user'],
    ['CTM-104', 'targetAdmin', 'afterFix', 'tenant'],
    ['EXCH-07', 'targetAdmin', 'afterFix', 'tenant'],
    ['CTTM-012', 'targetAdmin', 'afterFix', 'tenant'],
    ['CTTM-005', 'licensing', 'afterFix', 'user'],
    ['MnAPartnersOnTheSameFarm', 'microsoft', 'afterFix', 'tenant'],
    ['MnABYOKEnabledOnSourceTenant', 'nobody', 'never', 'tenant'],
    ['MnASiteMoveIsInprogressOrFinished', 'nobody', 'never', 'user'],
  ])('%s: %s, %s, %s', (code, whoCanFix, retry, scope) => {
    expect(explainCode(code)).toMatchObject({ whoCanFix, retry, scope });
  });
});

describe('other codes', () => {
  it.each([
    ['IM-099', 'identity mapping', 'targetAdmin'],
    ['ctm-109', 'identity mapping', 'targetAdmin'],
    ['CTM-200', 'migration service', 'microsoft'],
    ['MIGR-099', 'authorised', 'sourceAdmin'],
    ['exch-99', 'mailbox', 'sourceAdmin'],
    ['CTTM-099', 'Teams chats', 'targetAdmin'],
    ['MMS-099', 'Teams meetings', 'targetAdmin'],
    ['TMS-099', 'Teams meetings', 'targetAdmin'],
    ['MnAIdentityMapSomethingNew', 'identity mapping', 'targetAdmin'],
    ['MnATrustSomethingNew', 'trust', 'targetAdmin'],
    ['MnATargetSomethingNew', 'target', 'targetAdmin'],
    ['mnasomethingnew', 'OneDrive or site', 'sourceAdmin'],
    ['E_SOMETHING', 'not published', 'microsoft'],
  ])('%s is classed by its beginning and marked as not known', (code, meaning, whoCanFix) => {
    const explanation = explainCode(code);
    expect(explanation).toMatchObject({ code, known: false, whoCanFix });
    expect(explanation.meaning).toContain(meaning);
  });

  it('explains a missing code', () => {
    for (const blank of ['', '  '])
      expect(explainCode(blank)).toMatchObject({ code: 'NoCode', known: true, retry: 'sameJob' });
    expect(explainCode('').step).toContain('Microsoft support');
  });

  it('are not taken for members that every object has', () => {
    for (const code of ['constructor', '__proto__', 'toString'])
      expect(explainCode(code)).toMatchObject({ code, known: false });
  });

  it('of Graph itself are known', () => {
    for (const code of [
      'duplicateDisplayNameJob',
      'minThresholdFailed',
      'resourceTypeMismatch',
      'accessDenied',
      'TooManyRequests',
    ]) {
      expect(explainCode(code).known, code).toBe(true);
    }
  });
});
