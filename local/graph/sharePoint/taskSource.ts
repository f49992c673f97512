import type { SharePointScenario } from './sharePointScenario.ts';
import type { TaskParameters, UserIdentity } from './taskParameters.ts';

/** What a task moves. */
export interface TaskSource {
  /** The same for every way to name the same user, group or site. */
  readonly key: string;
  /** All names that it is known by. */
  readonly names: readonly string[];
}

/** The source that a task's parameters name. A user given by id is the one whom the directory has under it. */
export function sourceOf(
  parameters: TaskParameters,
  directory: SharePointScenario['directory'],
): TaskSource {
  switch (parameters['@odata.type']) {
    case '#microsoft.graph.sharePointUserMigrationTaskParameters': {
      const { id } = parameters.sourceUserIdentity;
      const userPrincipalName = principalNameOf(parameters.sourceUserIdentity, directory);
      const names = [userPrincipalName, id].filter((name) => name != null);
      return { key: userKey(names[0] ?? ''), names };
    }
    case '#microsoft.graph.sharePointGroupMigrationTaskParameters': {
      const { mailNickname } = parameters.sourceGroupIdentity;
      return { key: groupKey(mailNickname), names: [mailNickname] };
    }
    case '#microsoft.graph.sharePointSiteMigrationTaskParameters':
      return { key: siteKey(parameters.sourceSiteUrl), names: [parameters.sourceSiteUrl] };
  }
}

/** The principal name of an identity, as given or as the directory has it. */
export function principalNameOf(
  { id, userPrincipalName }: UserIdentity,
  directory: SharePointScenario['directory'],
): string | undefined {
  return (
    userPrincipalName ?? directory.find((user) => user.id === id?.toLowerCase())?.userPrincipalName
  );
}

export function userKey(userPrincipalName: string): string {
  return `user ${userPrincipalName.toLowerCase()}`;
}

export function groupKey(mailNickname: string): string {
  return `group ${mailNickname.toLowerCase()}`;
}

export function siteKey(address: string): string {
  return `site ${address.toLowerCase().replace(/\/+$/, '')}`;
}
