import { expect, it } from 'vitest';
import { refusalCode } from '../../../../shared/domain/errorCatalogue/errorCatalogue.ts';

it.each([
  [422, ['invalidRequest', 'MnATrustNoSetupForPartner'], 'MnATrustNoSetupForPartner'],
  [
    422,
    ['invalidRequest', 'mnaTrustNoSetupForPartner', 'SomethingInner'],
    'mnaTrustNoSetupForPartner',
  ],
  [422, ['BadArgument', 'duplicateDisplayNameJob'], 'duplicateDisplayNameJob'],
  [403, ['accessDenied', 'SomethingInner'], 'accessDenied'],
  [400, ['SomethingOuter', 'SomethingInner'], 'SomethingInner'],
  [501, ['notSupported'], 'MnAPartnersOnTheSameFarm'],
  [501, [], 'MnAPartnersOnTheSameFarm'],
  [501, ['notSupported', 'FeatureIsNotEnabled'], 'FeatureIsNotEnabled'],
  [403, [], 'accessDenied'],
  [409, [], 'Conflict'],
  [418, [], 'NoCode'],
  [0, [], 'NoCode'],
])('of a %i with %j: %s', (httpStatus, codes, code) => {
  expect(refusalCode({ httpStatus, codes })).toBe(code);
});
