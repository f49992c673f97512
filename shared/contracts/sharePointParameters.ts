import { z } from 'zod';
import { isPlainText, notPlainText } from './text.ts';

const prefix = '#microsoft.graph.';

/** The three kinds of SharePoint tasks by the `@odata.type` of their parameters. */
export const parameterTypes = {
  user: `${prefix}sharePointUserMigrationTaskParameters`,
  group: `${prefix}sharePointGroupMigrationTaskParameters`,
  site: `${prefix}sharePointSiteMigrationTaskParameters`,
} as const;

const instant = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 instant with Z or an offset',
});
const guid = z.guid('must be a GUID');
export const principalNameSchema = z
  .string('must be a user principal name')
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/, 'must be a user principal name')
  .refine(isPlainText, notPlainText);
const siteUrl = z
  .string('must be the address of a site')
  .max(2_048)
  .regex(
    /^https:\/\/[a-z0-9.-]+(\/[^?#\s]*)?$/i,
    'must be the https address of a site, without a query or fragment',
  )
  .refine(isPlainText, notPlainText);

const common = {
  targetOrganizationHost: z
    .string('must be a host of the target')
    .max(300)
    .regex(
      /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+\/?$/i,
      'must be an https host of the target such as https://fabrikam-my.sharepoint.com',
    )
    .optional(),
  targetOrganizationId: guid.optional(),
  /** A code such as `JPN`. Null stands for the default location. */
  targetDataLocationCode: z
    .string()
    .regex(/^[A-Za-z]{3,4}$/, 'must be a data location code such as NAM, or null')
    .nullable()
    .optional(),
  /** The earliest start. */
  preferredStartDateTime: instant.optional(),
  /** The latest start. The service cancels a task that has not started by then. */
  preferredLatestStartDateTime: instant.optional(),
  validateOnly: z.boolean().optional(),
};

const oneOfBoth = 'must have either userPrincipalName or id';
const userIdentity = z
  .strictObject({ userPrincipalName: principalNameSchema.optional(), id: guid.optional() })
  .refine(
    ({ userPrincipalName, id }) => (userPrincipalName === undefined) !== (id === undefined),
    oneOfBoth,
  );
export const mailNicknameSchema = z
  .string('must be a mail nickname')
  .min(1)
  .max(64)
  .regex(/^[^\s@]+$/, 'must be a mail nickname, without spaces or @')
  .refine(isPlainText, notPlainText);
const groupIdentity = z.strictObject({ mailNickname: mailNicknameSchema });

const unknownType: z.core.$ZodErrorMap = ({ input }) => {
  const known = Object.values(parameterTypes).join(', ');
  const given = z.object({ '@odata.type': z.string() }).safeParse(input);
  if (!given.success)
    return z.looseObject({}).safeParse(input).success
      ? `is missing; must be one of ${known}`
      : 'must be an object with the parameters of a task';
  const withoutTask =
    /^#?(?:microsoft\.graph\.)?sharePoint(User|Group|Site)MigrationParameters$/i.exec(
      given.data['@odata.type'],
    )?.[1];
  if (withoutTask !== undefined)
    return `must be ${prefix}sharePoint${withoutTask}MigrationTaskParameters: Graph accepts only the name with Task`;
  return `must be one of ${known}`;
};

/**
 * Graph's `sharePointMigrationTaskParameters`: what to move, from where and to where. Stored and
 * sent as the caller wrote them.
 */
export const sharePointParametersSchema = z.discriminatedUnion(
  '@odata.type',
  [
    z.strictObject({
      '@odata.type': z.literal(parameterTypes.user),
      ...common,
      sourceUserIdentity: userIdentity,
      targetUserIdentity: userIdentity,
    }),
    z.strictObject({
      '@odata.type': z.literal(parameterTypes.group),
      ...common,
      sourceGroupIdentity: groupIdentity,
      targetGroupIdentity: groupIdentity,
    }),
    z.strictObject({
      '@odata.type': z.literal(parameterTypes.site),
      ...common,
      sourceSiteUrl: siteUrl,
      targetSiteUrl: siteUrl,
    }),
  ],
  { error: unknownType },
);
export type SharePointParameters = z.infer<typeof sharePointParametersSchema>;
