import type { CatalogueFamily } from './catalogueEntry.ts';

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
