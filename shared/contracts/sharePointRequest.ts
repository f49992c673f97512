import { z } from 'zod';
import { guidSchema } from './ids.ts';
import { identityMappingsSchema } from './identityMapping.ts';
import { sharePointParametersSchema } from './sharePointParameters.ts';
import { usersRequestSchema } from './usersRequest.ts';

/** A request to move OneDrives, groups and sites, as `POST /migrations` and the queue `migration-requests` take it. */
export const sharePointRequestSchema = z.strictObject({
  kind: z.literal('sharePoint'),
  name: usersRequestSchema.shape.name,
  /** Must be the source tenant that the app is set up for. */
  sourceTenantId: guidSchema.optional(),
  /** Graph's own parameter objects, one for each thing to move. */
  tasks: z
    .array(sharePointParametersSchema)
    .min(1, 'must name at least one task')
    .max(4_000, 'may name 4,000 tasks; split the request'),
  /** Each task is validated before anything is created; those that fail are recorded as invalid, the others go on. */
  validateFirst: z.boolean().default(false),
  /** Nothing is created: each task ends as validated or invalid. */
  validateOnly: z.boolean().default(false),
  /** Who asks. The same person cannot approve. */
  requestedBy: usersRequestSchema.shape.requestedBy,
  /** With `required`, nothing is created before somebody else has approved; no answer in time means no. */
  approval: usersRequestSchema.shape.approval,
  /** Written to the target's identity map, and read back, before anything else happens. */
  identityMappings: identityMappingsSchema.optional(),
  /** What becomes of the request when a source is in another migration or was moved by one, as for users. */
  onConflict: usersRequestSchema.shape.onConflict,
  /** Moves everything in the request although a migration has moved it before. */
  moveAgain: usersRequestSchema.shape.moveAgain,
  /** The identity mapping of each user and group must be there, and name the same target, before its task is created. */
  checkIdentityMappings: z.boolean().default(false),
});
export type SharePointRequest = z.infer<typeof sharePointRequestSchema>;
