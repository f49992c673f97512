import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Frozen } from '../../shared/contracts/responses.ts';
import { freezeChain } from '../../shared/contracts/audit.ts';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import { eventsQuerySchema } from '../../shared/http/paging.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { acceptFreeze } from '../../shared/intake/freeze.ts';
import type { Services } from '../services.ts';
import { parseBody, idempotencyKeyOf } from './parseRequest.ts';
import { listResponse, callerOf, guard } from './route.ts';

/**
 * Registers `POST /freeze` and `POST /unfreeze`, which apply to all migrations and return the
 * current freeze.
 */
export function registerFreeze(services: Services): void {
  for (const [name, kind] of [
    ['freezeMigrations', 'freeze'],
    ['unfreezeMigrations', 'unfreeze'],
  ] as const) {
    app.http(name, {
      route: kind,
      methods: ['POST'],
      ...guard(services, 'Migrations.Approve', (request) => handleFreeze(kind, request, services)),
    });
  }
}

async function handleFreeze(
  kind: 'freeze' | 'unfreeze',
  request: HttpRequest,
  services: Services,
): Promise<HttpResponseInit> {
  const key = idempotencyKeyOf(request);
  if (!key.ok) return key.problem;
  const body = await parseBody(commandBodySchema, request, services.maxRequestBytes);
  if (!body.ok) return body.problem;
  const { by, reason } = body.value;
  // The identity that the platform authenticated has precedence over the body.
  const asked = {
    kind,
    by: callerOf(request, services)?.name ?? by ?? null,
    reason: reason ?? null,
  };
  const acceptance = await acceptFreeze(asked, key.value, services);
  if (acceptance.kind === 'conflict')
    return problemResponse(
      'conflict',
      'this Idempotency-Key was already used for a command with other content; send the command with a new key',
    );
  const frozen: Frozen = { frozen: acceptance.frozen };
  return { jsonBody: frozen };
}

/**
 * Registers `GET /freezes`: the audit trail of freezes in pages, oldest first. Each event contains
 * the hash of the previous one.
 */
export function registerListFreezes({ stores, ...access }: Services): void {
  app.http('listFreezes', {
    route: 'freezes',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', (request) =>
      listResponse(request, eventsQuerySchema, (query) => stores.audit.list(freezeChain, query)),
    ),
  });
}
