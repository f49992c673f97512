import { z } from 'zod';
import { guidSchema } from './ids.ts';
import { mailNicknameSchema, principalNameSchema } from './sharePointParameters.ts';

/** Graph's `crossOrganizationUserMapping` as a request brings it: who a user of the source is in the target. */
export const userMappingSchema = z.strictObject({
  sourceOrganizationId: guidSchema.optional(),
  userType: z.enum(['regularUser', 'adminUser', 'guestUser']).optional(),
  sourceUserIdentity: z.strictObject({ userPrincipalName: principalNameSchema }),
  targetUserIdentity: z.strictObject({ userPrincipalName: principalNameSchema }),
  targetUserMigrationData: z.strictObject({ email: principalNameSchema }).optional(),
});
export type UserMapping = z.infer<typeof userMappingSchema>;

/** Graph's `crossOrganizationGroupMapping` as a request brings it. */
export const groupMappingSchema = z.strictObject({
  sourceOrganizationId: guidSchema.optional(),
  groupType: z.enum(['regularGroup', 'm365Group']).optional(),
  sourceGroupIdentity: z.strictObject({ id: guidSchema }),
  targetGroupIdentity: z.strictObject({ id: guidSchema }),
  targetGroupMigrationData: z.strictObject({ mailNickname: mailNicknameSchema }).optional(),
});
export type GroupMapping = z.infer<typeof groupMappingSchema>;

/** The identity mappings of a request. */
export const identityMappingsSchema = z.strictObject({
  users: z.array(userMappingSchema).max(20_000).default([]),
  groups: z.array(groupMappingSchema).max(20_000).default([]),
});
export type IdentityMappings = z.infer<typeof identityMappingsSchema>;
