import { z } from 'zod';
import { GraphRefusal } from '../graphAnswer.ts';

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

/** The parameters of a task (Graph: sharePointMigrationTaskParameters), one shape for each kind of source. */
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

// The whole task may be sent; what the service sets itself is ignored.
const bodySchema = z.looseObject({ parameters: taskParametersSchema });

/** Reads the body of a create. Throws a GraphRefusal with 400 that names every bad parameter. */
export function taskParametersOf(body: unknown): TaskParameters {
  const parsed = bodySchema.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    const details = parsed.error.issues.map(({ path, message, input }) => ({
      code: input == null ? 'missingParameter' : 'invalidParameter',
      target: path.join('.') || 'parameters',
      message,
    }));
    const missing = details.find(({ code }) => code === 'missingParameter');
    throw bad(
      missing === undefined
        ? `The parameter ${details[0]?.target ?? ''} is not valid.`
        : `The required parameter ${missing.target} is missing.`,
      details,
    );
  }
  const { parameters } = parsed.data;
  if (parameters.targetOrganizationHost == null && parameters.targetOrganizationId == null) {
    const target = 'parameters.targetOrganizationHost';
    throw bad(`The required parameter ${target} is missing.`, [
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
    throw bad(`The parameter ${target} is not valid.`, [
      { code: 'invalidParameter', target, message: 'must be later than preferredStartDateTime' },
    ]);
  }
  return parameters;
}

function bad(message: string, details: GraphRefusal['details']): GraphRefusal {
  return new GraphRefusal(400, 'invalidRequest', message, details);
}
