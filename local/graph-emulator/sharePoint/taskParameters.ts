import { z } from 'zod';
import { GraphError } from '../graphResponse.ts';
import type { SharePointScenario } from './sharePointScenario.ts';

const site = z.url({ protocol: /^https$/ });
const instant = z.iso.datetime({ offset: true });
const userIdentity = z
  .looseObject({ id: z.guid().nullish(), userPrincipalName: z.string().min(1).nullish() })
  .refine(
    ({ id, userPrincipalName }) => id != null || userPrincipalName != null,
    'give id or userPrincipalName',
  );
const groupIdentity = z.looseObject({ mailNickname: z.string().min(1) });

const base = {
  targetOrganizationHost: site.nullish(),
  targetOrganizationId: z.guid().nullish(),
  targetDataLocationCode: z.string().min(1).nullish(),
  preferredStartDateTime: instant.nullish(),
  preferredLatestStartDateTime: instant.nullish(),
  sourceSiteUrl: site.nullish(),
  targetSiteUrl: site.nullish(),
  validateOnly: z.boolean().nullish(),
};

/** The parameters of a task (Graph: sharePointMigrationTaskParameters), with one shape for each kind of source. */
export const taskParametersSchema = z.discriminatedUnion('@odata.type', [
  z.strictObject({
    '@odata.type': z.literal('#microsoft.graph.sharePointUserMigrationTaskParameters'),
    ...base,
    sourceUserIdentity: userIdentity,
    targetUserIdentity: userIdentity,
  }),
  z.strictObject({
    '@odata.type': z.literal('#microsoft.graph.sharePointGroupMigrationTaskParameters'),
    ...base,
    sourceGroupIdentity: groupIdentity,
    targetGroupIdentity: groupIdentity,
  }),
  z.strictObject({
    '@odata.type': z.literal('#microsoft.graph.sharePointSiteMigrationTaskParameters'),
    ...base,
    sourceSiteUrl: site,
    targetSiteUrl: site,
  }),
]);
export type TaskParameters = z.infer<typeof taskParametersSchema>;
export type UserIdentity = z.infer<typeof userIdentity>;

// A caller may send a whole task. The members that the service sets are ignored.
const bodySchema = z.looseObject({ parameters: taskParametersSchema });

/** Reads the body of a create. Throws a GraphError with 400 that names every invalid parameter. */
export function taskParametersOf(body: unknown): TaskParameters {
  const parsed = bodySchema.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    const details = parsed.error.issues.map(({ path, message, input }) => ({
      code: input == null ? 'missingParameter' : 'invalidParameter',
      target: path.join('.') || 'parameters',
      message,
    }));
    const missing = details.find(({ code }) => code === 'missingParameter');
    throw invalidRequest(
      missing === undefined
        ? `The parameter ${details[0]?.target ?? ''} is not valid.`
        : `The required parameter ${missing.target} is missing.`,
      details,
    );
  }
  const { parameters } = parsed.data;
  if (parameters.targetOrganizationHost == null && parameters.targetOrganizationId == null) {
    const target = 'parameters.targetOrganizationHost';
    throw invalidRequest(`The required parameter ${target} is missing.`, [
      {
        code: 'missingParameter',
        target,
        message: 'give targetOrganizationHost or targetOrganizationId',
      },
    ]);
  }
  const { preferredStartDateTime: start, preferredLatestStartDateTime: latest } = parameters;
  if (start != null && latest != null && Date.parse(latest) <= Date.parse(start)) {
    const target = 'parameters.preferredLatestStartDateTime';
    throw invalidRequest(`The parameter ${target} is not valid.`, [
      { code: 'invalidParameter', target, message: 'must be later than preferredStartDateTime' },
    ]);
  }
  return parameters;
}

function invalidRequest(message: string, details: GraphError['details']): GraphError {
  return new GraphError(400, 'invalidRequest', message, details);
}

/** The user, group or site that a task moves. */
export interface TaskSource {
  /** The same key for every name of the same source. */
  readonly key: string;
  /** All known names of the source. */
  readonly names: readonly string[];
}

/** Returns the source that the parameters of a task name. The directory resolves a user who is given by id. */
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

/** Returns the user principal name of an identity, as given or from the directory. */
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
