import { z } from 'zod';
import {
  acceptedMigrationSchema,
  listedTaskSchema,
  migrationDetailSchema,
  pageSchema,
} from '../../contracts/responses.ts';
import { auditEventSchema } from '../../contracts/audit.ts';
import { migrationSchema } from '../../contracts/migration.ts';
import { migrationRequestSchema } from '../../contracts/request.ts';
import { idempotencyKeySchema } from '../body.ts';
import { eventsQuerySchema, migrationsQuerySchema, tasksQuerySchema } from '../paging.ts';
import { json } from './document.ts';
import type { Operation } from './operation.ts';
import { requestExamples } from './requestComponents.ts';

/** Migrations and their tasks. */
export const migrationOperations = (): readonly Operation[] => [
  {
    id: 'postMigrations',
    method: 'post',
    route: 'migrations',
    tag: 'migrations',
    role: 'Migrations.Submit',
    summary: 'Ask for a migration',
    description:
      'The same key and request always mean the same migration, so a request whose answer was lost can be sent again. Without the header the request’s name is the key.',
    headers: z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() }),
    body: { schema: migrationRequestSchema, isRequired: true, examples: requestExamples },
    responses: {
      202: json(
        'the migration, which runs from now on',
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
    summary: 'See one migration with its batches',
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
      'Every task with the status of each workload and its errors, explained: what they mean, who can fix them and how; with `Accept: text/csv` all of them at once for a spreadsheet.',
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
    summary: 'Read the audit trail of a migration from its start',
    description:
      'What was asked, decided and done, by whom and when. The first event is the acceptance. Every event carries the hash of the one before, so that a single event cannot be changed, taken out or put in unseen. Whether the end was cut off, or all was rewritten with new hashes, only shows against the anchors: outcome messages carry them, and `npm run verify-audit` compares.',
    query: eventsQuerySchema,
    responses: { 200: json('a page of events', pageSchema(auditEventSchema)) },
    problems: ['invalidQuery', 'migrationNotFound'],
  },
];
