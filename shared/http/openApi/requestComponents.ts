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
import { type Component, component } from './document.ts';

const inEveryRequest = {
  name: 'used in the names of the Graph jobs, and as the key of the request if it has no Idempotency-Key',
  requestedBy:
    'the requester, required with `approval`; the requester cannot approve. For HTTP requests with Entra, the identity of the caller is used instead; in a queue message the name is an unverified claim',
  approval:
    'with `required`, nothing is migrated before another person has approved; if nobody decides in time, the migration is rejected',
} as const;

/** The named schemas of requests. A schema without a name is written out where it is used. */
export const requestComponents: Readonly<Record<string, Component>> = {
  MigrationRequest: component(
    migrationRequestSchema,
    'A migration request. `kind` selects its form.',
  ),
  UsersRequest: component(usersRequestSchema, 'A request to migrate users.', {
    ...inEveryRequest,
    sourceTenantId: 'the source tenant of the users',
    users: 'the users; the app splits them into batches, each with one Graph job at a time',
    workloads: '`Meeting` needs `Teams` and `Exchange`',
    completeAfterDateTime:
      'the earliest time of the cutover; if absent: as soon as the mailboxes are synchronized',
    validateOnly: 'validate the users and migrate nothing',
    onInvalid:
      '`continueWithout`: users who fail validation are recorded as invalid, and the others are migrated; `hold`: the batch waits for the command revalidate',
    holdTimeoutHours:
      'how many hours a batch is held; if nobody decides by then, none of its users is migrated',
  }),
  RequestedUser: component(
    requestedUserSchema,
    'A user to migrate: the object id of the target user, optionally with the source address for the record.',
  ),
  SharePointRequest: component(
    sharePointRequestSchema,
    'A request to migrate OneDrives, groups and sites.',
    {
      ...inEveryRequest,
      sourceTenantId: 'must be the source tenant that the app is configured for',
      tasks: 'Graph’s parameter objects, one for each OneDrive, group or site',
      validateFirst:
        'every task is validated before it is created; tasks that fail are recorded as invalid',
      validateOnly: 'validate only: nothing is created, and each task ends as validated or invalid',
      identityMappings: 'written to the identity map of the target before any task is created',
      checkIdentityMappings:
        'check that each user and group is mapped to the expected target before its task is created',
    },
  ),
  IdentityMappings: component(
    identityMappingsSchema,
    'The target identities of source users and groups.',
  ),
  UserMapping: component(userMappingSchema, 'Graph’s `crossOrganizationUserMapping`.'),
  GroupMapping: component(groupMappingSchema, 'Graph’s `crossOrganizationGroupMapping`.'),
  CommandBody: component(
    commandBodySchema,
    'The caller and the reason. With Entra, the authenticated identity is used and `by` is ignored.',
  ),
  DecisionBody: component(
    decisionBodySchema,
    'The decision: who decides (required with function keys, ignored with Entra), for which approval request, and why.',
    {
      approvalId:
        'the id of the approval request, from `approvals` of the migration; required to approve after users were added and from the second approval request on',
    },
  ),
  RevalidateBody: component(
    revalidateBodySchema,
    'Whether to continue without the users who are still invalid.',
  ),
  AddTasksBody: component(addTasksBodySchema, 'The users to add.'),
  UpdateTaskBody: component(updateTaskBodySchema, 'The changes to the task in Graph.'),
  RescheduleBody: component(rescheduleBodySchema, 'The new earliest time of the cutover.'),
};

/** An example request of each kind. */
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
