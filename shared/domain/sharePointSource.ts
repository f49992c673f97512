import { parameterTypes, type SharePointParameters } from '../contracts/sharePointParameters.ts';

/** What a SharePoint task moves: by which lookup Graph finds it, and the value for that. */
export interface SharePointSource {
  readonly kind: 'userPrincipalName' | 'userId' | 'siteUrl' | 'mailNickname';
  readonly value: string;
}

/** The source of a task. */
export function sourceOf(parameters: SharePointParameters): SharePointSource {
  switch (parameters['@odata.type']) {
    case parameterTypes.user: {
      const { userPrincipalName, id = '' } = parameters.sourceUserIdentity;
      return userPrincipalName === undefined
        ? { kind: 'userId', value: id }
        : { kind: 'userPrincipalName', value: userPrincipalName };
    }
    case parameterTypes.group:
      return { kind: 'mailNickname', value: parameters.sourceGroupIdentity.mailNickname };
    case parameterTypes.site:
      return { kind: 'siteUrl', value: parameters.sourceSiteUrl };
  }
}

/** The target of a task, for people to read. */
export function targetOf(parameters: SharePointParameters): string {
  switch (parameters['@odata.type']) {
    case parameterTypes.user:
      return (
        parameters.targetUserIdentity.userPrincipalName ?? parameters.targetUserIdentity.id ?? ''
      );
    case parameterTypes.group:
      return parameters.targetGroupIdentity.mailNickname;
    case parameterTypes.site:
      return parameters.targetSiteUrl;
  }
}

/** A text that is the same for the same source however it is written: SharePoint compares without case and closing slash. */
export function sourceKey(parameters: SharePointParameters): string {
  const { kind, value } = sourceOf(parameters);
  return `${kind} ${value.toLowerCase().replace(/\/+$/, '')}`;
}
