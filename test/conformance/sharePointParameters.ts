import {
  parameterTypes,
  type SharePointParameters,
} from '../../shared/contracts/sharePointParameters.ts';

const targetOrganizationHost = 'https://fabrikam-my.sharepoint.com';

type Of<Kind extends keyof typeof parameterTypes> = Extract<
  SharePointParameters,
  { '@odata.type': (typeof parameterTypes)[Kind] }
>;

/** The move of a user's OneDrive, by their principal names. */
export const userMove = {
  '@odata.type': parameterTypes.user,
  targetOrganizationHost,
  sourceUserIdentity: { userPrincipalName: 'lee@contoso.com' },
  targetUserIdentity: { userPrincipalName: 'lee@fabrikam.com' },
} as const satisfies Of<'user'>;

export const groupMove = {
  '@odata.type': parameterTypes.group,
  targetOrganizationHost,
  sourceGroupIdentity: { mailNickname: 'hr-team' },
  targetGroupIdentity: { mailNickname: 'people-team' },
} as const satisfies Of<'group'>;

export const siteMove = {
  '@odata.type': parameterTypes.site,
  targetOrganizationHost,
  sourceSiteUrl: "https://contoso.sharepoint.com/sites/O'Neil",
  targetSiteUrl: 'https://fabrikam.sharepoint.com/sites/IT',
} as const satisfies Of<'site'>;
