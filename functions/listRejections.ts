import { app } from '@azure/functions';
import { rejectionsChain } from '../shared/contracts/auditEvent.ts';
import { eventsQuerySchema, rejectionsQuerySchema } from '../shared/http/listQueries.ts';
import { answerList } from './answerList.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /rejections`: the queue messages that were refused for good, newest first, paged. */
export function registerListRejections({ stores, ...access }: Services): void {
  app.http('listRejections', {
    route: 'rejections',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      answerList(request, rejectionsQuerySchema, (query) => stores.rejections.list(query)),
    ),
  });
}

/** `GET /rejections/events`: the audit trail of refused messages from its start, paged; each event carries the hash of the one before. */
export function registerListRejectionEvents({ stores, ...access }: Services): void {
  app.http('listRejectionEvents', {
    route: 'rejections/events',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      answerList(request, eventsQuerySchema, (query) => stores.audit.list(rejectionsChain, query)),
    ),
  });
}
