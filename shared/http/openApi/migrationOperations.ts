import { z } from 'zod';
import { auditEventSchema } from '../../contracts/audit.ts';
import { migrationSchema } from '../../contracts/migration.ts';
import { migrationRequestSchema } from '../../contracts/request.ts';
import {
  acceptedMigrationSchema,
  listedTaskSchema,
  migrationDetailSchema,
  pageSchema,
} from '../../contracts/responses.ts';
import { idempotencyKeySchema } from '../body.ts';
import { eventsQuerySchema, migrationsQuerySchema, tasksQuerySchema } from '../paging.ts';
import { json, type Operation } from './document.ts';
import { requestExamples } from './requestComponents.ts';

/** Returns the operations on migrations and their tasks. */
export const migrationOperations = (): readonly Operation[] => [
  {
    id: 'createMigration',
    method: 'post',
    route: 'migrations',
    tag: 'migrations',
    role: 'Migrations.Submit',
    summary: 'Create a migration',
    description:
      'The same idempotency key and body always return the same migration, so you can send a request again if you did not receive its response. Without the header, the name of the request is the key.',
    headers: z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() }),
    body: { schema: migrationRequestSchema, isRequired: true, examples: requestExamples },
    responses: {
      202: json(
        'the accepted migration, which has started',
        acceptedMigrationSchema,
        z.object({ Location: z.url(), 'Retry-After': z.int() }),
      ),
    },
    problems: [
      'invalidRequest',
      'notJson',
      'notUtf8',
      'bodyMissing',
      'lengthRequired',
      'requestTooLarge',
      'conflict',
      'userUnderWay',
      'userMoved',
    ],
  },
  {
    id: 'listMigrations',
    method: 'get',
    route: 'migrations',
    tag: 'migrations',
    role: 'Migrations.Read',
    summary: 'List migrations, newest first',
    query: migrationsQuerySchema,
    responses: { 200: json('a page of migrations', pageSchema(migrationSchema)) },
    problems: ['invalidQuery'],
  },
  {
    id: 'getMigration',
    method: 'get',
    route: 'migrations/{id}',
    tag: 'migrations',
    role: 'Migrations.Read',
    summary: 'Get a migration with its batches',
    responses: { 200: json('the migration', migrationDetailSchema) },
    problems: ['migrationNotFound'],
  },
  {
    id: 'listTasks',
    method: 'get',
    route: 'migrations/{id}/tasks',
    tag: 'tasks',
    role: 'Migrations.Read',
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
    problems: ['invalidQuery', 'migrationNotFound'],
  },
  {
    id: 'listEvents',
    method: 'get',
    route: 'migrations/{id}/events',
    tag: 'migrations',
    role: 'Migrations.Read',
    summary: 'Read the audit trail of a migration, oldest first',
    description:
      'Returns who requested, decided and did what, and when. The first event is the acceptance of the request. Each event contains the hash of the previous one, so a single event cannot be changed, removed or inserted unnoticed. Removing the last events, or rewriting the whole trail with new hashes, is only detected by comparing it with the anchors: outcome messages contain them, and `npm run verify-audit` compares them.',
    query: eventsQuerySchema,
    responses: { 200: json('a page of events', pageSchema(auditEventSchema)) },
    problems: ['invalidQuery', 'migrationNotFound'],
  },
];
