import { z } from 'zod';
import { auditEventSchema } from '../../contracts/audit.ts';
import { commandBodySchema } from '../../contracts/command.ts';
import { rejectionSchema } from '../../contracts/rejection.ts';
import {
  frozenSchema,
  healthSchema,
  liveSchema,
  pageSchema,
  replayedSchema,
} from '../../contracts/responses.ts';
import { idempotencyKeySchema } from '../body.ts';
import { eventsQuerySchema, rejectionsQuerySchema } from '../paging.ts';
import { json, type Operation } from './document.ts';

/** Returns the operations of the app itself: rejections, health, freezes and this document. */
export const appOperations = (): readonly Operation[] => [
  {
    id: 'listRejections',
    method: 'get',
    route: 'rejections',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'List the rejected queue messages, newest first by the time of their first rejection',
    query: rejectionsQuerySchema,
    responses: { 200: json('a page of rejections', pageSchema(rejectionSchema)) },
    problems: ['invalidQuery'],
  },
  {
    id: 'listRejectionEvents',
    method: 'get',
    route: 'rejections/events',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'Read the audit trail of rejected queue messages, oldest first',
    description:
      'The events of all rejected messages form one hash chain, separate from those of migrations.',
    query: eventsQuerySchema,
    responses: { 200: json('a page of events', pageSchema(auditEventSchema)) },
    problems: ['invalidQuery'],
  },
  {
    id: 'replayRejection',
    method: 'post',
    route: 'rejections/{rejectionId}/replay',
    tag: 'app',
    role: 'Migrations.Submit',
    summary: 'Process a rejected queue message again',
    description:
      'Use it after you have corrected the cause of the rejection. Replaying a message several times creates one migration.',
    responses: {
      202: json(
        'the migration that the message created',
        replayedSchema,
        z.object({ Location: z.url() }),
      ),
    },
    problems: ['rejectionNotFound', 'rejectedAgain'],
  },
  {
    id: 'health',
    method: 'get',
    route: 'health',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'Check whether storage and Graph are available, and whether a freeze is in force',
    description: 'Every route returns 503 while storage is unavailable or settings are wrong.',
    head: true,
    responses: {
      200: json('every check is healthy', healthSchema),
      503: json('a check is unhealthy', healthSchema),
    },
    problems: [],
  },
  {
    id: 'healthLive',
    method: 'get',
    route: 'health/live',
    tag: 'app',
    role: null,
    summary: 'Check whether the app runs',
    description: 'For probes that cannot send a key. It makes no calls and returns no details.',
    head: true,
    responses: { 200: json('the app runs', liveSchema) },
    problems: [],
  },
  freeze(
    'freezeMigrations',
    'freeze',
    'Freeze all migrations',
    'Nothing new is created or migrated in any migration until the freeze is lifted. Running jobs are still polled, commands are still handled, and new requests are accepted and wait. Freezing twice has no further effect.',
  ),
  freeze(
    'unfreezeMigrations',
    'unfreeze',
    'Lift the freeze of all migrations',
    'Waiting migrations continue within six minutes. Has no effect if there is no freeze.',
  ),
  {
    id: 'listFreezes',
    method: 'get',
    route: 'freezes',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'Read the audit trail of freezes, oldest first',
    query: eventsQuerySchema,
    responses: { 200: json('a page of events', pageSchema(auditEventSchema)) },
    problems: ['invalidQuery'],
  },
  {
    id: 'getOpenApi',
    method: 'get',
    route: 'openapi.json',
    tag: 'app',
    role: null,
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
    problems: [],
  },
];

/** Returns the operation that sets or lifts the freeze. */
function freeze(id: string, route: string, summary: string, description: string): Operation {
  return {
    id,
    method: 'post',
    route,
    tag: 'app',
    role: 'Migrations.Approve',
    summary,
    description,
    headers: z.object({ 'Idempotency-Key': idempotencyKeySchema.optional() }),
    body: { schema: commandBodySchema, isRequired: false },
    responses: { 200: json('the freeze in force, or null', frozenSchema) },
    problems: [
      'invalidRequest',
      'notJson',
      'notUtf8',
      'lengthRequired',
      'requestTooLarge',
      'conflict',
    ],
  };
}
