import type { Replayed } from '../shared/contracts/answers/replayed.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { replayRejection } from '../shared/intake/replayRejection.ts';
import { registerClientRoute } from './clientRoute.ts';
import { callerOf } from './guard.ts';
import { migrationUrl } from './migrationUrl.ts';
import type { Services } from './services.ts';

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
