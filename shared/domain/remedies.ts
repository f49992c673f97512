/**
 * The step to take for every published error code (Microsoft: resolve errors during orchestrated migration), in our own
 * words. Codes that are not here are classed by their prefix.
 */
const revalidate = 'then send the user again';
const runMapping = `Run cross-tenant identity mapping for this user on the target, ${revalidate}.`;
const teamsApp = 'Ask a target admin to grant the Teams chat migration app with Grant-CTTMAppPermissions in both tenants, then send the user again.';
const meetingApp = 'Ask an admin to grant the meeting migration app with Grant-MMSAppPermissions in both tenants, then send the user again.';
const trust = 'Ask both admins to check the organization relationship and the OneDrive trust between the tenants, then send the user again.';

const byCode: Readonly<Record<string, string>> = {
  'IM-003': runMapping,
  'MIGR-001': 'Ask the source admin to correct the organization relationship so that it authorises the target tenant, then send the user again.',
  'MIGR-002': 'Ask the source admin to add the user to the security group that may move; wait up to an hour, then send the user again.',
  'MIGR-003': 'Send the user again; if it fails again, open a case with Microsoft support.',
  'MIGR-004': 'Ask the source admin to check the organization relationship and that the user is in its security group, then send the user again.',
  'CTM-001': 'The user is in this batch already: drop the duplicate.',
  'CTM-002': 'The user is in another active batch: wait until that one has ended or cancel the user there, then send the user again.',
  'CTM-100': runMapping,
  'CTM-101': `The identity mapping is not completed: finish it on the target, ${revalidate}.`,
  'CTM-102': 'The service was overloaded: send the user again later, in a new request.',
  'CTM-103': 'The service had an internal error: send the user again in a new request; if it fails again, open a case with Microsoft support.',
  'CTM-104': 'Ask the target admin to grant the migration service app with Grant-CTMSAppPermissions, then send the user again.',
  'EXCH-07': 'Correct exchangeSettings.sourceEndpoint: it names the migration endpoint on the target tenant (Get-MigrationEndpoint).',
  'EXCH-08': 'Ask the Exchange admin to check holds, scope, quota, mailbox GUIDs and licence of the mailbox, then send the user again.',
  'EXCH-15': 'Exchange gave up after its retries: send the user again in a new request; if it fails again, open a case with Microsoft support.',
  'CTTM-001': 'Send the user again; if it fails again, open a case with Microsoft support and give the correlation id of the message.',
  'CTTM-003': runMapping,
  'CTTM-005': 'Assign a Teams licence to the user, then send the user again.',
  'CTTM-009': 'Two identity mappings contradict each other: correct the mapping of this user on the target, then send the user again.',
  'CTTM-013': 'Add the user to the security group that may move and check its identity mapping, then send the user again.',
  'CTTM-014': 'The tenant does not exist: correct sourceTenantId.',
  'CTTM-015': 'The user does not exist: correct the user id.',
  'CTTM-017': 'Nothing to do: the chats were moved, but some messages were not; the count is in the message.',
  'CTTM-018': 'Give the user a SIP address, then send the user again.',
  'MMS-003': 'Ask the target admin to run Set-CalendarRBACRoles, then send the user again.',
  'MMS-004': 'The meetings of this user are being moved already: wait for that to end.',
  'MMS-005': 'Switch automatic forwarding on in the outbound spam policy of the source tenant, then send the user again.',
  'MMS-006': 'Switch automatic forwarding on in the outbound spam policy of the target tenant, then send the user again.',
  'MMS-007': 'Assign an Exchange plan to the user in both tenants, then send the user again.',
  'MMS-010': 'The meetings of this user are being moved and cannot be cancelled: wait for that to end.',
  'MMS-011': 'The target mailbox is missing because the mailbox has not moved: solve the Exchange error first, then send the user again.',
  'TMS-003': 'Assign a Teams licence to the user, then send the user again.',
  FeatureIsNotEnabled: 'Ask Microsoft to enable cross-tenant OneDrive migration for the tenants and check the licence, then send the user again.',
  MnATrustNoSetupForPartner: trust,
  MnAReverseTrustNeedsRequiredPartnerRole: trust,
  MnATrustWrongCmdletUsage: trust,
  MnAOdbForSourceUPNDoesNotExist: 'The user has no OneDrive in the source tenant: send the user again without ODSP.',
  MnAOdbForSourceUPNDoesNotExistYet: 'The OneDrive of the user is still being created in the source tenant: wait a day, then send the user again.',
  MnAOdbFailedToGetUrlForSourceUPN: 'The user has no OneDrive in the source tenant, or it cannot be found: check it, or send the user again without ODSP.',
  MnAOdbUsersAreNotLicensed: 'Assign a cross-tenant migration licence to the user on either side, then send the user again.',
  MnATargetUserDoesNotExist: 'Create the target user and map it, then send the user again.',
  MnATargetUserIsNotSpoEnabled: 'Assign a SharePoint licence to the target user, then send the user again.',
  MnASiteMoveTargetUrlHasWriteConflict: 'A OneDrive exists at the target already: remove it with the target admin, then send the user again.',
  MnABYOKEnabledOnSourceTenant: 'The source tenant uses Customer Key, which the move does not support: talk to Microsoft.',
  BatchFailed: 'The batch ended early, for the reason in the message: solve that, look at the job in the target tenant, then send the user again.',
  NotReported: 'Graph no longer reports this user in the job: look at the job in the target tenant, then send the user again if nothing was moved.',
  NotFinished: 'The job has ended but not this workload: send the user again; what was moved already is left alone.',
};

const byPrefix: readonly (readonly [prefix: string, remedy: string])[] = [
  ['IM-', runMapping],
  ['CTM-10', runMapping],
  ['MIGR-', 'Ask the admins of both tenants to check the organization relationship and its security group, then send the user again.'],
  ['CTTM-', teamsApp],
  ['MMS-', meetingApp],
  ['TMS-', meetingApp],
  ['EXCH-', 'Ask the Exchange admin to look at the mailbox (Get-MigrationUser on the target), then send the user again.'],
  ['MnAIdentityMap', runMapping],
  ['MnATrust', trust],
  ['MnA', 'Ask the SharePoint admins of both tenants to look at the OneDrive of the user, then send the user again.'],
];

/** What to do about an error code; never empty. */
export function remedyFor(code: string): string {
  return (
    byCode[code] ??
    byPrefix.find(([prefix]) => code.startsWith(prefix))?.[1] ??
    'This code is not published: read its message, and give it to Microsoft support with the job id when it does not help.'
  );
}
