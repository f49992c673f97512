import { app } from '@azure/functions';
import { pageQuerySchema } from '../shared/http/pageQuery.ts';
import { answerList } from './answerList.ts';
import type { Services } from './services.ts';

/** `GET /rejections`: the queue messages that were refused for good, newest first, paged. */
export function registerListRejections({ stores }: Services): void {
  app.http('listRejections', {
    route: 'rejections',
    methods: ['GET'],
    authLevel: 'function',
    handler: (request) => answerList(request, pageQuerySchema(50, 200), (query) => stores.rejections.list(query)),
  });
}
