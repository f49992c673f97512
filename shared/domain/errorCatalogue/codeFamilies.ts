import type { CatalogueEntry } from './catalogueEntry.ts';

const mapping: CatalogueEntry = {
  meaning: 'The identity mapping of the user has a problem.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'user',
  step: 'Check the identity mapping of the user on the target, run it again, and retry.',
};
const trust: CatalogueEntry = {
  meaning: 'The trust between the two tenants has a problem.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: 'Check the SharePoint cross-tenant relationship in both tenants, and retry.',
};
const meetings: CatalogueEntry = {
  meaning: 'The migration of Teams meetings is not set up correctly.',
  whoCanFix: 'targetAdmin',
  retry: 'afterFix',
  scope: 'tenant',
  step: 'Read the message, check the meeting migration app and its roles in both tenants, and retry.',
};

/**
 * The explanations of unpublished codes by prefix. The first prefix that matches counts, so longer
 * prefixes come first.
 */
export const codeFamilies: readonly (CatalogueEntry & { readonly prefix: string })[] = [
  { prefix: 'IM-', ...mapping },
  { prefix: 'CTM-10', ...mapping },
  {
    prefix: 'CTM-',
    meaning: 'The cross-tenant migration service rejected the user or failed.',
    whoCanFix: 'microsoft',
    retry: 'newJob',
    scope: 'user',
    step: 'Read the message and retry. If it fails again, open a case with Microsoft support.',
  },
  {
    prefix: 'MIGR-',
    meaning: 'The tenants or the user are not authorised for the migration.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Check the organization relationships of both tenants and the security group in the source tenant, and retry.',
  },
  {
    prefix: 'EXCH-',
    meaning: 'Exchange reported a problem with the mailbox.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Read the message, check the mailbox in the source tenant and Get-MigrationUser on the target, and retry.',
  },
  {
    prefix: 'CTTM-',
    meaning: 'The migration of Teams chats is not set up correctly.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Read the message, check the Teams chat migration app and its roles in both tenants, and retry.',
  },
  { prefix: 'MMS-', ...meetings },
  { prefix: 'TMS-', ...meetings },
  { prefix: 'MnAIdentityMap', ...mapping },
  { prefix: 'MnATrust', ...trust },
  { prefix: 'MnAReverseTrust', ...trust },
  {
    prefix: 'MnATarget',
    meaning: 'The target user or target site has a problem.',
    whoCanFix: 'targetAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Read the message, check the target user and site in the target tenant, and retry.',
  },
  {
    prefix: 'MnA',
    meaning: 'The OneDrive or site could not be moved.',
    whoCanFix: 'sourceAdmin',
    retry: 'afterFix',
    scope: 'user',
    step: 'Read the message, check the OneDrive or site in both tenants, and retry.',
  },
];

/** The explanation of a code without a known prefix. */
export const unpublishedCode: CatalogueEntry = {
  meaning: 'Microsoft has not published this code.',
  whoCanFix: 'microsoft',
  retry: 'sameJob',
  scope: 'user',
  step: 'Read the message and retry. If it fails again, send the code, the message and the job id to Microsoft support.',
};
