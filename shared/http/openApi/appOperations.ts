import { z } from 'zod';
import { healthSchema } from '../../contracts/answers/health.ts';
import { replayedSchema } from '../../contracts/answers/replayed.ts';
import { pageSchema } from '../../contracts/answers/page.ts';
import { rejectionSchema } from '../../contracts/rejection.ts';
import { rejectionsQuerySchema } from '../listQueries.ts';
import { json } from './json.ts';
import type { Operation } from './operation.ts';

/** The app itself: what it refused, whether it is well, and this document. */
export const appOperations = (): readonly Operation[] => [
  {
    id: 'listRejections',
    method: 'get',
    route: 'rejections',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'List the queue messages that were refused for good, newest first',
    query: rejectionsQuerySchema,
    answers: { 200: json('a page of rejections', pageSchema(rejectionSchema)) },
    problems: ['invalidQuery'],
  },
  {
    id: 'postReplay',
    method: 'post',
    route: 'rejections/{rejectionId}/replay',
    tag: 'app',
    role: 'Migrations.Submit',
    summary: 'Take a refused queue message once more',
    description: 'For when what stood in its way is solved. However often it is replayed, it is one migration.',
    answers: { 202: json('the migration that the message has become', replayedSchema, z.object({ Location: z.url() })) },
    problems: ['rejectionNotFound', 'rejectedAgain'],
  },
  {
    id: 'health',
    method: 'get',
    route: 'health',
    tag: 'app',
    role: 'Migrations.Read',
    summary: 'Ask whether storage and Graph can be reached',
    description: 'Any route answers 503 while storage is out of reach or settings are wrong.',
    answers: { 200: json('all is well', healthSchema), 503: json('something is out of reach', healthSchema) },
    problems: [],
  },
  {
    id: 'getOpenApi',
    method: 'get',
    route: 'openapi.json',
    tag: 'app',
    role: null,
    summary: 'This document',
    headers: z.object({ 'If-None-Match': z.string().optional() }),
    answers: {
      200: json('the document', z.looseObject({ openapi: z.string() }), z.object({ ETag: z.string() })),
      304: { description: 'the caller has this version already', headers: z.object({ ETag: z.string() }) },
    },
    problems: [],
  },
];
