import { app } from '@azure/functions';
import { rejectionsQuerySchema } from '../shared/http/listQueries.ts';
import { answerList } from './answerList.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /rejections`: the queue messages that were refused for good, newest first, paged. */
export function registerListRejections({ stores, ...access }: Services): void {
  app.http('listRejections', {
    route: 'rejections',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) => answerList(request, rejectionsQuerySchema, (query) => stores.rejections.list(query))),
  });
}
