import type { CatalogueEntry } from './catalogueEntry.ts';

const mapping: CatalogueEntry = {
  meaning: 'Something is wrong with the identity mapping of the user.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'user',
  step: 'Check the identity mapping of the user on the target and run it again, then retry.',
};
const trust: CatalogueEntry = {
  meaning: 'Something is wrong with the trust between the two tenants.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: 'Check the SharePoint cross-tenant relationship in both tenants, then retry.',
};
const meetings: CatalogueEntry = {
  meaning: 'The move of Teams meetings is not set up as it must be.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: 'Read the message; check the meeting migration app and its roles in both tenants, then retry.',
};

/**
 * What a code that is not published tells by its beginning; the first one that fits counts, so longer ones stand first.
 */
export const codeFamilies: readonly (CatalogueEntry & { readonly prefix: string })[] = [
  { prefix: 'IM-', ...mapping },
  { prefix: 'CTM-10', ...mapping },
  {
    prefix: 'CTM-',
    meaning: 'The cross-tenant migration service refused the user or failed.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Read the message and retry; if it fails again, open a case with Microsoft support.',
  },
  {
    prefix: 'MIGR-',
    meaning: 'The tenants, or the user, are not authorised for migration as they must be.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Check the organization relationships of both tenants and the security group in the source tenant, then retry.',
  },
  {
    prefix: 'EXCH-',
    meaning: 'Exchange has a problem with the mailbox.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Read the message; look at the mailbox in the source tenant and at Get-MigrationUser on the target, then retry.',
  },
  {
    prefix: 'CTTM-',
    meaning: 'The move of Teams chats is not set up as it must be.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Read the message; check the Teams chat migration app and its roles in both tenants, then retry.',
  },
  { prefix: 'MMS-', ...meetings },
  { prefix: 'TMS-', ...meetings },
  { prefix: 'MnAIdentityMap', ...mapping },
  { prefix: 'MnATrust', ...trust },
  { prefix: 'MnAReverseTrust', ...trust },
  {
    prefix: 'MnATarget',
    meaning: 'The target user, or the place that content should move to, has a problem.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Read the message; look at the target user and site in the target tenant, then retry.',
  },
  {
    prefix: 'MnA',
    meaning: 'The OneDrive or site could not be moved.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Read the message; look at the OneDrive or site in both tenants, then retry.',
  },
];

/** For a code of no family that is known. */
export const unpublishedCode: CatalogueEntry = {
  meaning: 'This code is not published.',
  whoCanFix: 'microsoft',
  retry: 'sameJob',
  scope: 'user',
  step: 'Read the message and retry; if it fails again, give code, message and job id to Microsoft support.',
};
