import type { z } from 'zod';
import {
  addTasksBodySchema,
  commandBodySchema,
  decisionBodySchema,
  rescheduleBodySchema,
  revalidateBodySchema,
  updateTaskBodySchema,
} from '../../contracts/command.ts';
import {
  groupMappingSchema,
  identityMappingsSchema,
  migrationRequestSchema,
  requestedUserSchema,
  sharePointRequestSchema,
  userMappingSchema,
  usersRequestSchema,
} from '../../contracts/request.ts';
import { type Component, component } from './component.ts';

const inEveryRequest = {
  name: 'stands in the names of the jobs, and is the key of the request where no Idempotency-Key comes with it',
  requestedBy:
    'who asks, needed with `approval`; the same person cannot approve. By HTTP with Entra the caller’s identity counts instead, by the queue it is a claim',
  approval:
    'with `required`, nothing is moved before somebody else has approved; no answer in time means no',
} as const;

/** The named schemas of requests. One that is neither here nor among those of answers is written out where it is used. */
export const requestComponents: Readonly<Record<string, Component>> = {
  MigrationRequest: component(migrationRequestSchema, 'A request, told apart by `kind`.'),
  UsersRequest: component(usersRequestSchema, 'A request to move users.', {
    ...inEveryRequest,
    sourceTenantId: 'the tenant that the users leave',
    users: 'split into batches, each of which is one Graph job',
    workloads: '`Meeting` needs `Teams` and `Exchange`',
    completeAfterDateTime: 'the earliest cutover; left out: as soon as the mailboxes are in sync',
    validateOnly: 'stop after validation and let go of the users',
    onInvalid:
      '`continueWithout`: users who fail validation are recorded and the others go on; `hold`: the batch waits for a revalidate',
    holdTimeoutHours:
      'how long a batch is held; nothing of it moves when nobody has answered by then',
  }),
  RequestedUser: component(
    requestedUserSchema,
    'A user to move: the target user’s object id, with the source address where it should be on record.',
  ),
  SharePointRequest: component(
    sharePointRequestSchema,
    'A request to move OneDrives, groups and sites.',
    {
      ...inEveryRequest,
      sourceTenantId: 'must be the source tenant that the app is set up for',
      tasks: 'Graph’s own parameter objects, one for each thing to move',
      validateFirst:
        'each task is validated before anything is created; those that fail are recorded as invalid',
      validateOnly: 'nothing is created: each task ends as validated or invalid',
      identityMappings: 'written to the target’s identity map before anything else happens',
      checkIdentityMappings:
        'each user and group must be mapped to the same target before its task is created',
    },
  ),
  IdentityMappings: component(
    identityMappingsSchema,
    'Who the users and groups of the source are in the target.',
  ),
  UserMapping: component(userMappingSchema, 'Graph’s `crossOrganizationUserMapping`.'),
  GroupMapping: component(groupMappingSchema, 'Graph’s `crossOrganizationGroupMapping`.'),
  CommandBody: component(
    commandBodySchema,
    'Who asks, and why. With Entra the caller’s identity counts, and `by` is ignored.',
  ),
  DecisionBody: component(
    decisionBodySchema,
    'Who decides (needed with function keys, ignored with Entra), on which request for approval, and why.',
    {
      approvalId:
        'the request for approval, as `approvals` of the migration names it; an approval needs it after an addition and from the second request on',
    },
  ),
  RevalidateBody: component(
    revalidateBodySchema,
    'Whether those who are still invalid stay behind.',
  ),
  AddTasksBody: component(addTasksBodySchema, 'The users to add.'),
  UpdateTaskBody: component(updateTaskBodySchema, 'What to write into Graph’s task.'),
  RescheduleBody: component(rescheduleBodySchema, 'The new earliest cutover.'),
};

/** One request of each kind, as the document shows them. */
export const requestExamples: Readonly<
  Record<'users' | 'sharePoint', z.input<typeof migrationRequestSchema>>
> = {
  users: {
    kind: 'users',
    name: 'wave01',
    sourceTenantId: '11111111-2222-3333-4444-555555555555',
    users: [
      'aaaaaaaa-0000-4000-8000-000000000001',
      {
        targetUserId: 'aaaaaaaa-0000-4000-8000-000000000002',
        sourceUserPrincipalName: 'lee@contoso.com',
      },
    ],
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    exchangeSettings: {
      sourceEndpoint: 'xt-endpoint',
      targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
    },
    completeAfterDateTime: '2026-12-01T22:00:00Z',
    requestedBy: 'ana@fabrikam.com',
    approval: { required: true, timeoutHours: 72 },
  },
  sharePoint: {
    kind: 'sharePoint',
    name: 'sites-01',
    validateFirst: true,
    tasks: [
      {
        '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
        targetOrganizationHost: 'https://fabrikam.sharepoint.com',
        sourceSiteUrl: 'https://contoso.sharepoint.com/sites/IT',
        targetSiteUrl: 'https://fabrikam.sharepoint.com/sites/IT',
      },
    ],
  },
};
