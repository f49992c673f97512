import { app } from '@azure/functions';
import type { Replayed } from '../../shared/contracts/responses.ts';
import { rejectionsChain } from '../../shared/contracts/audit.ts';
import { eventsQuerySchema, rejectionsQuerySchema } from '../../shared/http/paging.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { replayRejection } from '../../shared/intake/replay.ts';
import type { Services } from '../services.ts';
import { listResponse, callerOf, guard, migrationUrl, registerClientRoute } from './route.ts';

/** Registers `GET /rejections`: the rejected queue messages in pages, newest first. */
export function registerListRejections({ stores, ...access }: Services): void {
  app.http('listRejections', {
    route: 'rejections',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      listResponse(request, rejectionsQuerySchema, (query) => stores.rejections.list(query)),
    ),
  });
}

/**
 * Registers `GET /rejections/events`: the audit trail of rejected messages in pages, oldest first.
 * Each event contains the hash of the previous one.
 */
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

/**
 * Registers `POST /rejections/{rejectionId}/replay`, which processes a rejected queue message
 * again. Replaying it several times creates one migration.
 */
export function registerReplayRejection(services: Services): void {
  registerClientRoute(services, 'replayRejection', {
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
            'rejectionNotFound',
            'there is no rejection with this id; GET /rejections lists them',
          );
        case 'rejected':
          return problemResponse(
            'rejectedAgain',
            `the message was rejected again as ${replay.rejection.code}: ${replay.rejection.detail}`,
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
