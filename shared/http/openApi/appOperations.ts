import { z } from 'zod';
import {
  frozenSchema,
  healthSchema,
  liveSchema,
  pageSchema,
  replayedSchema,
} from '../../contracts/responses.ts';
import { auditEventSchema } from '../../contracts/audit.ts';
import { commandBodySchema } from '../../contracts/command.ts';
import { rejectionSchema } from '../../contracts/rejection.ts';
import { idempotencyKeySchema } from '../body.ts';
import { eventsQuerySchema, rejectionsQuerySchema } from '../paging.ts';
import { json } from './document.ts';
import type { Operation } from './operation.ts';

/** The app itself: what it refused, whether it is well, and this document. */
export const appOperations = (): readonly Operation[] => [
  {
    id: 'listRejections',
    method: 'get',
    route: 'rejections',
    tag: 'app',
    role: 'Migrations.Read',
    summary:
      'List the queue messages that were refused for good, newest first by the instant of the first refusal',
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
    summary: 'Read the audit trail of refused queue messages from its start',
    description:
      'One event for each message that was refused. They form a chain of their own, as those of a migration do.',
    query: eventsQuerySchema,
    responses: { 200: json('a page of events', pageSchema(auditEventSchema)) },
    problems: ['invalidQuery'],
  },
  {
    id: 'postReplay',
    method: 'post',
    route: 'rejections/{rejectionId}/replay',
    tag: 'app',
    role: 'Migrations.Submit',
    summary: 'Take a refused queue message once more',
    description:
      'For when what stood in its way is solved. However often it is replayed, it is one migration.',
    responses: {
      202: json(
        'the migration that the message has become',
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
    summary: 'Ask whether storage and Graph can be reached, and whether a freeze is in force',
    description: 'Any route answers 503 while storage is out of reach or settings are wrong.',
    head: true,
    responses: {
      200: json('all is well', healthSchema),
      503: json('something is out of reach', healthSchema),
    },
    problems: [],
  },
  {
    id: 'healthLive',
    method: 'get',
    route: 'health/live',
    tag: 'app',
    role: null,
    summary: 'Ask whether the app runs',
    description: 'For probes that cannot send a key: it makes no call and tells nothing else.',
    head: true,
    responses: { 200: json('it runs', liveSchema) },
    problems: [],
  },
  freeze(
    'postFreeze',
    'freeze',
    'Freeze all migrations',
    'Nothing new is created or migrated in any migration until the freeze is lifted. What runs is watched, commands are accepted and carried out, and new requests are accepted and wait.',
  ),
  freeze(
    'postUnfreeze',
    'unfreeze',
    'Lift the freeze of all migrations',
    'What waits goes on within six minutes.',
  ),
  {
    id: 'listFreezes',
    method: 'get',
    route: 'freezes',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'Read the audit trail of freezes from its start',
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
    summary: 'This document',
    headers: z.object({ 'If-None-Match': z.string().optional() }),
    responses: {
      200: json(
        'the document',
        z.looseObject({ openapi: z.string() }),
        z.object({ ETag: z.string() }),
      ),
      304: {
        description: 'the caller has this version already',
        headers: z.object({ ETag: z.string() }),
      },
    },
    problems: [],
  },
];

/** Freezing what is frozen changes nothing, and so does lifting what is not. */
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
    responses: { 200: json('what is in force now', frozenSchema) },
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
