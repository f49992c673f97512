import { app } from '@azure/functions';
import { freezeChain } from '../shared/contracts/auditEvent.ts';
import { eventsQuerySchema } from '../shared/http/listQueries.ts';
import { answerList } from './answerList.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /freezes`: the audit trail of freezes from its start, paged; each event carries the hash of the one before. */
export function registerListFreezes({ stores, ...access }: Services): void {
  app.http('listFreezes', {
    route: 'freezes',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      answerList(request, eventsQuerySchema, (query) => stores.audit.list(freezeChain, query)),
    ),
  });
}
