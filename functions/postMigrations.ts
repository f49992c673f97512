import type { AcceptedMigration } from '../shared/contracts/answers/acceptedMigration.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { parseJson } from '../shared/domain/parseJson.ts';
import { readBody } from '../shared/http/readBody.ts';
import { acceptRequest } from '../shared/intake/acceptRequest.ts';
import { bodyProblem } from './bodyOf.ts';
import { registerClientRoute } from './clientRoute.ts';
import { callerOf } from './guard.ts';
import { keyOf } from './keyOf.ts';
import { migrationUrl } from './migrationUrl.ts';
import type { Services } from './services.ts';

const pollSeconds = 30;
const keysNotice =
  'function keys cannot tell people apart: that somebody else than the requester approves rests on the names that callers give. Set AUTHENTICATION=entra to have it checked';

/** `POST /migrations`: takes a request, starts its migration, answers 202 with where to look. */
export function registerPostMigrations(services: Services): void {
  registerClientRoute(services, 'postMigrations', {
    route: 'migrations',
    methods: ['POST'],
    role: 'Migrations.Submit',
    handler: async (request, client) => {
      const usableKey = keyOf(request);
      if (!usableKey.ok) return usableKey.problem;
      const key = usableKey.value;
      const caller = callerOf(request, services);
      const intake = {
        ...services.intake(client),
        sender:
          caller === undefined
            ? ({ kind: 'key' } as const)
            : ({ kind: 'signedIn', person: caller } as const),
      };
      const body = await readBody(request, intake.maxRequestBytes);
      if (!body.ok) return bodyProblem(body);
      const value = parseJson(body.text);
      if (value === undefined) {
        const reason = 'the body is not JSON; send a migration request as JSON';
        return problemResponse(400, 'notJson', reason, [{ path: '', message: reason }]);
      }

      const acceptance = await acceptRequest(value, key, intake);
      switch (acceptance.kind) {
        case 'invalid':
          return problemResponse(
            400,
            'invalidRequest',
            'the request has bad fields; errors names every one of them',
            acceptance.errors,
          );
        case 'conflict':
          return problemResponse(
            409,
            'conflict',
            `this ${key === undefined ? 'name' : 'Idempotency-Key'} stands for another request already, migration ${acceptance.migrationId}; choose another one`,
          );
        case 'approvalNeedsSignIn':
          return problemResponse(403, 'approverNotAuthenticated', acceptance.detail);
        case 'usersTaken':
          return problemResponse(409, acceptance.code, acceptance.detail, acceptance.errors);
        case 'accepted': {
          const { id, name, kind, phase, acceptedAt, taskCount, batchCount } = acceptance.migration;
          const statusUrl = migrationUrl(request.url, id);
          const accepted: AcceptedMigration = {
            id,
            name,
            kind,
            phase,
            acceptedAt,
            taskCount,
            batchCount,
            statusUrl,
            tasksUrl: `${statusUrl}/tasks`,
            ...(caller === undefined && acceptance.migration.approvalHours !== null
              ? { notice: keysNotice }
              : {}),
          };
          return {
            status: 202,
            headers: { location: statusUrl, 'retry-after': String(pollSeconds) },
            jsonBody: accepted,
          };
        }
      }
    },
  });
}
