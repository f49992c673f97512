import { app } from '@azure/functions';
import type { Replayed } from '../../shared/contracts/responses.ts';
import { rejectionsChain } from '../../shared/contracts/audit.ts';
import { eventsQuerySchema, rejectionsQuerySchema } from '../../shared/http/paging.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { replayRejection } from '../../shared/intake/replay.ts';
import type { Services } from '../services.ts';
import { listResponse, callerOf, guard, migrationUrl, registerClientRoute } from './route.ts';

/** `GET /rejections`: the queue messages that were refused for good, newest first, paged. */
export function registerListRejections({ stores, ...access }: Services): void {
  app.http('listRejections', {
    route: 'rejections',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      listResponse(request, rejectionsQuerySchema, (query) => stores.rejections.list(query)),
    ),
  });
}

/** `GET /rejections/events`: the audit trail of refused messages from its start, paged; each event carries the hash of the one before. */
export function registerListRejectionEvents({ stores, ...access }: Services): void {
  app.http('listRejectionEvents', {
    route: 'rejections/events',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      listResponse(request, eventsQuerySchema, (query) =>
        stores.audit.list(rejectionsChain, query),
      ),
    ),
  });
}

/** `POST /rejections/{rejectionId}/replay`: takes a refused queue message once more; as often as one likes, it is one migration. */
export function registerPostReplay(services: Services): void {
  registerClientRoute(services, 'postReplay', {
    route: 'rejections/{rejectionId}/replay',
    methods: ['POST'],
    role: 'Migrations.Submit',
    handler: async (request, client) => {
      const caller = callerOf(request, services);
      const id = request.params['rejectionId'] ?? '';
      const replay = await replayRejection(id, services.intake(client), caller ?? null);
      switch (replay.kind) {
        case 'notFound':
          return problemResponse(
            404,
            'rejectionNotFound',
            'there is no rejection of this id; GET /rejections lists them',
          );
        case 'rejected':
          return problemResponse(
            409,
            'rejectedAgain',
            `it is refused again as ${replay.rejection.code}: ${replay.rejection.detail}`,
            replay.rejection.errors,
          );
        case 'accepted': {
          const statusUrl = migrationUrl(request.url, replay.migrationId);
          const replayed: Replayed = { id: replay.migrationId, statusUrl };
          return { status: 202, headers: { location: statusUrl }, jsonBody: replayed };
        }
      }
    },
  });
}
