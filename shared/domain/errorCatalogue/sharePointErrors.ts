import type { CatalogueFamily } from './catalogueEntry.ts';

const ofSource = { whoCanFix: 'sourceAdmin', retry: 'afterFix', scope: 'user' } as const;
const ofTarget = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'user' } as const;
const licence = { whoCanFix: 'licensing', retry: 'afterFix', scope: 'user' } as const;
const ofService = { whoCanFix: 'microsoft', retry: 'sameJob', scope: 'user' } as const;

/**
 * Errors of OneDrive and SharePoint that affect one task. The spelling is Microsoft's, including
 * its mistakes.
 */
export const sharePointTaskErrors = {
  MnAOdbFailedToGetUrlForSourceUPN: {
    ...ofSource,
    meaning:
      'The address of the OneDrive in the source tenant was not found. Often the user has no OneDrive.',
    step: 'Check whether the OneDrive exists in the source tenant. If it does, retry. If not, send the user again without ODSP.',
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
    step: 'Wait a day, and retry.',
  },
  MnAOdbOwnerUrlMismatch: {
    ...ofSource,
    meaning: 'The user is not the owner of their OneDrive site.',
    step: 'Make the user the owner of the OneDrive in the source tenant, and retry.',
  },
  MnATargetDomainIsAlreadyInSourceSiteUsers: {
    ...ofSource,
    meaning: 'The source OneDrive has users with a domain of the target tenant, such as guests.',
    step: 'Remove the users that the message names from the source OneDrive, and retry.',
  },
  MnATargetUrlNotValidForRename: {
    ...ofSource,
    meaning:
      'The target address, including folder and file names, would be longer than 400 characters.',
    step: 'Shorten the longest folder and file names in the source, or choose a shorter target address, and retry.',
  },
  MnAIdentityMapEntryDoesNotExistsForSourceUPN: {
    ...ofTarget,
    meaning: 'The identity map on the target has no entry for the source user.',
    step: 'Add the user to the identity map on the target, and retry.',
  },
  MnAIdentityMapEntryTooManyForSourceUPN: {
    ...ofTarget,
    meaning: 'The identity map on the target has several entries for the source user.',
    step: 'Remove all entries of the user but one from the identity map, and retry.',
  },
  MnAIdentityMapEntryDoesNotMatchRequest: {
    ...ofTarget,
    meaning: 'The identity map and the request name different target users.',
    step: 'Correct the entry in the identity map and retry, or send a new request with the right target user.',
  },
  MnATargetUpnIsInvalid: {
    ...ofTarget,
    meaning: 'The name of the target user is not valid.',
    step: 'Correct the target user in the identity map and retry, or send a new request with the right target user.',
  },
  MnATargetUserDoesNotExist: {
    ...ofTarget,
    meaning: 'The target user does not exist.',
    step: 'Create the target user, add it to the identity map, and retry.',
  },
  MnASiteMoveTargetUrlHasWriteConflict: {
    ...ofTarget,
    meaning: 'A site or OneDrive already exists at the target address.',
    step: 'Make sure that nobody needs it, remove it from the target tenant and its recycle bin, and retry.',
  },
  MnAOdbUsersAreNotLicensed: {
    ...licence,
    meaning:
      'Neither the source user nor the target user has a licence for cross-tenant migration.',
    step: 'Assign the Cross-Tenant User Data Migration licence to the source user or the target user, and retry.',
  },
  MnATargetUserIsNotSpoEnabled: {
    ...licence,
    meaning: 'SharePoint, and so OneDrive, is not enabled for the target user.',
    step: 'Assign a licence with SharePoint to the target user, and retry before a OneDrive is created for them.',
  },
  MnAMoveJobWasNotCreated: {
    ...ofService,
    meaning: 'The service did not create the task for the source site.',
    step: 'Retry. If it fails again, open a case with Microsoft support.',
  },
  MnAMoveJobCreationFailed: {
    ...ofService,
    meaning: 'The service failed to create the task. The message gives the reason.',
    step: 'Fix what the message names, and retry. If it fails again, open a case with Microsoft support.',
  },
  MnASiteMoveIsInprogressOrFinished: {
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'user',
    meaning: 'Another move of the same source is running or has ended.',
    step: 'No action is needed here. Check the other task by its source user or site.',
  },
} as const satisfies CatalogueFamily;

const setup = { whoCanFix: 'targetAdmin', retry: 'afterFix', scope: 'tenant' } as const;
const ofMicrosoft = { whoCanFix: 'microsoft', retry: 'afterFix', scope: 'tenant' } as const;

/**
 * Errors of OneDrive and SharePoint that affect every task (Microsoft: resolve errors during
 * orchestrated migration).
 */
export const sharePointTenantErrors = {
  FeatureIsNotEnabled: {
    meaning: 'Cross-tenant migration of content is not enabled for this tenant.',
    whoCanFix: 'licensing',
    retry: 'afterFix',
    scope: 'tenant',
    step: 'Check that the tenant has cross-tenant migration licences. If it has, ask Microsoft support to enable the feature. Then retry.',
  },
  MnATrustNoSetupForPartner: {
    ...setup,
    meaning: 'No trust has been set up with the other tenant.',
    step: 'Set up the SharePoint cross-tenant relationship in both tenants, with the other tenant and its role, and retry.',
  },
  MnAReverseTrustNeedsRequiredPartnerRole: {
    ...setup,
    meaning: 'The trust does not give the other tenant the required role.',
    step: 'Set up the SharePoint cross-tenant relationship again with the role of the other tenant, and retry.',
  },
  MnATrustWrongCmdletUsage: {
    ...setup,
    meaning: 'The trust gives the other tenant the wrong role for this direction.',
    step: 'Check in both tenants which one is the source and which one the target. Set up the relationship again where it is reversed, and retry.',
  },
  MnAFatalErrorAdminSiteCouldNotBeUsedAsMySiteHost: {
    ...setup,
    meaning: 'The target host is wrong: it is an admin site, which cannot receive content.',
    step: 'Correct the host in the trust and retry, or send a new request with another targetOrganizationHost (https://<tenant>-my.sharepoint.com).',
  },
  MnABYOKEnabledOnSourceTenant: {
    meaning:
      'The source tenant encrypts content with its own key (Customer Key). Such content cannot be moved.',
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'tenant',
    step: 'Send a request without OneDrive and SharePoint, and move that content by other means.',
  },
  MnAPartnersOnTheSameFarm: {
    ...ofMicrosoft,
    meaning: 'Both tenants are on the same farm of SharePoint Online, so content cannot be moved.',
    step: 'Open a case with Microsoft support, and retry when they ask you to.',
  },
  MnAPartnersFarmsAreIncompatible: {
    ...ofMicrosoft,
    meaning: 'The two tenants run versions of SharePoint that are not compatible at the moment.',
    step: 'Wait at least 48 hours, run Get-SPOCrossTenantCompatibilityStatus until it returns Compatible or Warning, and retry.',
  },
  MnATargetSideEnvironmentHasConditionsThatBlockTheMove: {
    ...ofMicrosoft,
    meaning: 'A condition in the environment of the target tenant blocks moves.',
    step: 'Open a case with Microsoft support for the target tenant, and retry when they ask you to.',
  },
} as const satisfies CatalogueFamily;
