import { z } from 'zod';
import { auditEventSchema, freezeChain, rejectionsChain } from '../shared/contracts/audit.ts';
import { commandBodySchema } from '../shared/contracts/command.ts';
import { migrationSchema } from '../shared/contracts/migration.ts';
import { rejectionSchema } from '../shared/contracts/rejection.ts';
import { migrationRequestSchema } from '../shared/contracts/request.ts';
import {
  acceptedMigrationSchema,
  commandListSchema,
  frozenSchema,
  healthSchema,
  listedTaskSchema,
  liveSchema,
  migrationDetailSchema,
  pageSchema,
  replayedSchema,
} from '../shared/contracts/responses.ts';
import { commandRoutes, listCommands } from './http/commands.ts';
import { health, healthLive } from './http/health.ts';
import {
  createMigration,
  getMigration,
  listMigrations,
  migrationsQuerySchema,
  requestExamples,
} from './http/migrations.ts';
import { getOpenApi } from './http/openApi.ts';
import {
  eventsQuerySchema,
  handleFreeze,
  listChain,
  listEvents,
  listRejections,
  rejectionsQuerySchema,
  replayMessage,
} from './http/records.ts';
import { json, locationHeader, type Route, route } from './http/route.ts';
import { listTasks, tasksQuerySchema } from './http/tasks.ts';

const eventsPage = { 200: json('a page of events', pageSchema(auditEventSchema)) };

/**
 * The HTTP routes of the app. Registration, access control, the checks of requests and the OpenAPI
 * document come from this table.
 */
export const routes: readonly Route[] = [
  route({
    name: 'createMigration',
    method: 'POST',
    path: 'migrations',
    role: 'Migrations.Submit',
    tag: 'migrations',
    summary: 'Create a migration',
    description:
      'The same idempotency key and body always return the same migration, so you can send a request again if you did not receive its response. Without the header, the name of the request is the key.',
    usesDurable: true,
    uncheckedBody: { schema: migrationRequestSchema, examples: requestExamples },
    responses: {
      202: json(
        'the accepted migration, which has started',
        acceptedMigrationSchema,
        locationHeader.extend({ 'Retry-After': z.int() }),
      ),
    },
    problems: ['conflict', 'userUnderWay', 'userMoved'],
    handler: createMigration,
  }),
  route({
    name: 'listMigrations',
    method: 'GET',
    path: 'migrations',
    role: 'Migrations.Read',
    tag: 'migrations',
    summary: 'List migrations, newest first',
    query: migrationsQuerySchema,
    responses: { 200: json('a page of migrations', pageSchema(migrationSchema)) },
    handler: listMigrations,
  }),
  route({
    name: 'getMigration',
    method: 'GET',
    path: 'migrations/{id}',
    role: 'Migrations.Read',
    tag: 'migrations',
    summary: 'Get a migration with its batches',
    responses: { 200: json('the migration', migrationDetailSchema) },
    handler: getMigration,
  }),
  route({
    name: 'listTasks',
    method: 'GET',
    path: 'migrations/{id}/tasks',
    role: 'Migrations.Read',
    tag: 'tasks',
    summary: 'List the tasks of a migration',
    description:
      'Returns every task with the status and the explained errors of each workload: what they mean, who can correct them, and how. With `Accept: text/csv`, the response contains all tasks for a spreadsheet.',
    query: tasksQuerySchema,
    responses: {
      200: {
        description: 'a page of tasks, or all of them as CSV',
        content: { 'application/json': pageSchema(listedTaskSchema), 'text/csv': z.string() },
      },
    },
    handler: listTasks,
  }),
  route({
    name: 'listEvents',
    method: 'GET',
    path: 'migrations/{id}/events',
    role: 'Migrations.Read',
    tag: 'migrations',
    summary: 'Read the audit trail of a migration, oldest first',
    description:
      'Returns who requested, decided and did what, and when. The first event is the acceptance of the request. Each event contains the hash of the previous one, so a single event cannot be changed, removed or inserted unnoticed. Removing the last events, or rewriting the whole trail with new hashes, is only detected by comparing it with the anchors: outcome messages contain them, and `npm run verify-audit` compares them.',
    query: eventsQuerySchema,
    responses: eventsPage,
    handler: listEvents,
  }),
  ...commandRoutes,
  route({
    name: 'listCommands',
    method: 'GET',
    path: 'migrations/{id}/commands',
    role: 'Migrations.Read',
    tag: 'commands',
    summary: 'List the commands of a migration with their results, oldest first',
    responses: { 200: json('all commands', commandListSchema) },
    handler: listCommands,
  }),
  route({
    name: 'listRejections',
    method: 'GET',
    path: 'rejections',
    role: 'Migrations.Read',
    tag: 'app',
    summary: 'List the rejected queue messages, newest first by the time of their first rejection',
    query: rejectionsQuerySchema,
    responses: { 200: json('a page of rejections', pageSchema(rejectionSchema)) },
    handler: listRejections,
  }),
  route({
    name: 'listRejectionEvents',
    method: 'GET',
    path: 'rejections/events',
    role: 'Migrations.Read',
    tag: 'app',
    summary: 'Read the audit trail of rejected queue messages, oldest first',
    description:
      'The events of all rejected messages form one hash chain, separate from those of migrations.',
    query: eventsQuerySchema,
    responses: eventsPage,
    handler: listChain(rejectionsChain),
  }),
  route({
    name: 'replayRejection',
    method: 'POST',
    path: 'rejections/{rejectionId}/replay',
    role: 'Migrations.Submit',
    tag: 'app',
    summary: 'Process a rejected queue message again',
    description:
      'Use it after you have corrected the cause of the rejection. Replaying a message several times creates one migration.',
    usesDurable: true,
    responses: {
      202: json('the migration that the message created', replayedSchema, locationHeader),
    },
    problems: ['rejectionNotFound', 'rejectedAgain'],
    handler: replayMessage,
  }),
  route({
    name: 'health',
    method: 'GET',
    head: true,
    path: 'health',
    role: 'Migrations.Read',
    tag: 'app',
    summary: 'Check whether storage and Graph are available, and whether a freeze is in force',
    description: 'Every route returns 503 while storage is unavailable or settings are wrong.',
    responses: {
      200: json('every check is healthy', healthSchema),
      503: json('a check is unhealthy', healthSchema),
    },
    handler: health,
  }),
  route({
    name: 'healthLive',
    method: 'GET',
    head: true,
    path: 'health/live',
    role: null,
    tag: 'app',
    summary: 'Check whether the app runs',
    description: 'For probes that cannot send a key. It makes no calls and returns no details.',
    responses: { 200: json('the app runs', liveSchema) },
    handler: healthLive,
  }),
  route({
    name: 'freezeMigrations',
    method: 'POST',
    path: 'freeze',
    role: 'Migrations.Approve',
    tag: 'app',
    summary: 'Freeze all migrations',
    description:
      'Nothing new is created or migrated in any migration until the freeze is lifted. Running jobs are still polled, commands are still handled, and new requests are accepted and wait. Freezing twice has no further effect.',
    body: commandBodySchema,
    responses: { 200: json('the freeze in force, or null', frozenSchema) },
    problems: ['conflict'],
    handler: (call) => handleFreeze('freeze', call),
  }),
  route({
    name: 'unfreezeMigrations',
    method: 'POST',
    path: 'unfreeze',
    role: 'Migrations.Approve',
    tag: 'app',
    summary: 'Lift the freeze of all migrations',
    description:
      'Waiting migrations continue within six minutes. Has no effect if there is no freeze.',
    body: commandBodySchema,
    responses: { 200: json('the freeze in force, or null', frozenSchema) },
    problems: ['conflict'],
    handler: (call) => handleFreeze('unfreeze', call),
  }),
  route({
    name: 'listFreezes',
    method: 'GET',
    path: 'freezes',
    role: 'Migrations.Read',
    tag: 'app',
    summary: 'Read the audit trail of freezes, oldest first',
    query: eventsQuerySchema,
    responses: eventsPage,
    handler: listChain(freezeChain),
  }),
  route({
    name: 'getOpenApi',
    method: 'GET',
    path: 'openapi.json',
    role: null,
    tag: 'app',
    summary: 'Get this OpenAPI document',
    headers: z.object({ 'If-None-Match': z.string().optional() }),
    responses: {
      200: json(
        'the OpenAPI document',
        z.looseObject({ openapi: z.string() }),
        z.object({ ETag: z.string() }),
      ),
      304: {
        description: 'the caller already has this version',
        headers: z.object({ ETag: z.string() }),
      },
    },
    handler: getOpenApi(() => routes),
  }),
];
