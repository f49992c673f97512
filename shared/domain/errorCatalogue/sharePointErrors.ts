import type { CatalogueFamily } from './catalogueEntry.ts';

const ofSource = { whoCanFix: 'sourceAdmin', retry: 'afterFix', scope: 'user' } as const;
const ofTarget = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'user' } as const;
const licence = { whoCanFix: 'licensing', retry: 'afterFix', scope: 'user' } as const;
const ofService = { whoCanFix: 'microsoft', retry: 'sameJob', scope: 'user' } as const;

/** OneDrive and SharePoint, causes that lie with one move; spelt as published, slips included. */
export const sharePointTaskErrors = {
  MnAOdbFailedToGetUrlForSourceUPN: {
    ...ofSource,
    meaning:
      'The address of the OneDrive in the source tenant cannot be found out; often there is none.',
    step: 'Look for the OneDrive in the source tenant. Retry when it is there; otherwise send the user again without ODSP.',
  },
  MnAOdbForSourceUPNDoesNotExist: {
    ...ofSource,
    meaning: 'The user has no OneDrive in the source tenant.',
    step: 'Send the user again without ODSP, or create the OneDrive and retry.',
  },
  MnAOdbForSourceUPNDoesNotExistYet: {
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    meaning: 'The OneDrive of the user is still being created in the source tenant.',
    step: 'Wait a day, then retry.',
  },
  MnAOdbOwnerUrlMismatch: {
    ...ofSource,
    meaning: 'The OneDrive site belongs to somebody else than the user whose OneDrive it is.',
    step: 'Make the user the owner of the OneDrive in the source tenant, then retry.',
  },
  MnATargetDomainIsAlreadyInSourceSiteUsers: {
    ...ofSource,
    meaning:
      'Among the users of the source OneDrive are people with a domain of the target tenant, such as guests.',
    step: 'Remove the users whom the message names from the source OneDrive, then retry.',
  },
  MnATargetUrlNotValidForRename: {
    ...ofSource,
    meaning:
      'The address at the target, with folders and files, would be longer than allowed (400 characters).',
    step: 'Shorten the longest folder and file names in the source, or choose a shorter target address; then retry.',
  },
  MnAIdentityMapEntryDoesNotExistsForSourceUPN: {
    ...ofTarget,
    meaning: 'The identity map on the target has no entry for the source user.',
    step: 'Add the user to the identity map on the target, then retry.',
  },
  MnAIdentityMapEntryTooManyForSourceUPN: {
    ...ofTarget,
    meaning: 'The identity map on the target has several entries for the source user.',
    step: 'Remove all but one of the entries of the user from the identity map, then retry.',
  },
  MnAIdentityMapEntryDoesNotMatchRequest: {
    ...ofTarget,
    meaning: 'The identity map names another target user than the request.',
    step: 'Correct the entry in the identity map, or the target user in a new request; then retry.',
  },
  MnATargetUpnIsInvalid: {
    ...ofTarget,
    meaning: 'The name of the target user is not a valid one.',
    step: 'Correct the target user in the identity map or in a new request, then retry.',
  },
  MnATargetUserDoesNotExist: {
    ...ofTarget,
    meaning: 'The target user does not exist.',
    step: 'Create the target user and map it, then retry.',
  },
  MnASiteMoveTargetUrlHasWriteConflict: {
    ...ofTarget,
    meaning: 'A site or OneDrive exists already at the target address.',
    step: 'Make sure that nobody needs it, remove it from the target tenant (from its recycle bin as well), then retry.',
  },
  MnAOdbUsersAreNotLicensed: {
    ...licence,
    meaning:
      'Neither the source user nor the target user has a licence for cross-tenant migration.',
    step: 'Assign the Cross-Tenant User Data Migration licence to the user on either side, then retry.',
  },
  MnATargetUserIsNotSpoEnabled: {
    ...licence,
    meaning: 'The target user is not allowed to have a OneDrive or anything else of SharePoint.',
    step: 'Assign a licence with SharePoint to the target user, then retry; do not let a OneDrive be created before.',
  },
  MnAMoveJobWasNotCreated: {
    ...ofService,
    meaning: 'The service did not create the move for the source site.',
    step: 'Retry; if it fails again, open a case with Microsoft support.',
  },
  MnAMoveJobCreationFailed: {
    ...ofService,
    meaning: 'The service failed to create the move; the message says how.',
    step: 'Read the message and mend what it names, then retry; if it fails again, open a case with Microsoft support.',
  },
  MnASiteMoveIsInprogressOrFinished: {
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'user',
    meaning: 'Another move of the same source is under way, or has been done.',
    step: 'Nothing to do here: look at that move, by the source user or site, and let it end.',
  },
} as const satisfies CatalogueFamily;

const setup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const ofMicrosoft = { whoCanFix: 'microsoft', retry: 'afterFix', scope: 'tenant' } as const;

/** OneDrive and SharePoint, causes that hit every move (Microsoft: resolve errors during orchestrated migration). */
export const sharePointTenantErrors = {
  FeatureIsNotEnabled: {
    meaning: 'The cross-tenant move of content is not enabled for this tenant.',
    whoCanFix: 'licensing',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Check that cross-tenant migration licences have been bought for the tenant; if they have, ask Microsoft support to enable the feature. Then retry.',
  },
  MnATrustNoSetupForPartner: {
    ...setup,
    meaning: 'No trust has been set up with the other tenant.',
    step: 'Set up the SharePoint cross-tenant relationship in both tenants, each naming the other and its role, then retry.',
  },
  MnAReverseTrustNeedsRequiredPartnerRole: {
    ...setup,
    meaning: 'The trust lacks the role that the other tenant plays.',
    step: 'Set up the SharePoint cross-tenant relationship again, with the role of the partner, then retry.',
  },
  MnATrustWrongCmdletUsage: {
    ...setup,
    meaning: 'The trust gives the other tenant the wrong role for this direction.',
    step: 'Check in both tenants which one is source and which one target, set up the relationship again where it is the wrong way round, then retry.',
  },
  MnAFatalErrorAdminSiteCouldNotBeUsedAsMySiteHost: {
    ...setup,
    meaning:
      'The host that was named for the target is the wrong one: an admin site cannot take the moves.',
    step: 'Correct targetOrganizationHost (https://<tenant>-my.sharepoint.com) in a new request, or in the trust; then retry.',
  },
  MnABYOKEnabledOnSourceTenant: {
    meaning:
      'The source tenant uses a key of its own (Customer Key), and such content cannot be moved.',
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'tenant',
    step: 'Leave OneDrive and SharePoint out of the request, and move that content by other means.',
  },
  MnAPartnersOnTheSameFarm: {
    ...ofMicrosoft,
    meaning: 'Both tenants live in the same place of SharePoint Online, which rules a move out.',
    step: 'Open a case with Microsoft support; retry when they say so.',
  },
  MnAPartnersFarmsAreIncompatible: {
    ...ofMicrosoft,
    meaning: 'The two tenants run versions of SharePoint that are not compatible at the moment.',
    step: 'Wait at least 48 hours and run Get-SPOCrossTenantCompatibilityStatus until it says Compatible or Warning, then retry.',
  },
  MnATargetSideEnvironmentHasConditionsThatBlockTheMove: {
    ...ofMicrosoft,
    meaning: 'Something in the environment of the target tenant blocks moves.',
    step: 'Open a case with Microsoft support for the target tenant; retry when they say so.',
  },
} as const satisfies CatalogueFamily;
