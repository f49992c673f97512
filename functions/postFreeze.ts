import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import type { Frozen } from '../shared/contracts/answers/frozen.ts';
import { commandBodySchema } from '../shared/contracts/command.ts';
import { problemResponse } from '../shared/http/problemResponse.ts';
import { acceptFreeze } from '../shared/intake/acceptFreeze.ts';
import { bodyOf } from './bodyOf.ts';
import { callerOf, guard } from './guard.ts';
import { keyOf } from './keyOf.ts';
import type { Services } from './services.ts';

/** `POST /freeze` and `POST /unfreeze`: for all migrations at once; 200 with what is in force then. */
export function registerPostFreeze(services: Services): void {
  for (const [name, kind] of [
    ['postFreeze', 'freeze'],
    ['postUnfreeze', 'unfreeze'],
  ] as const) {
    app.http(name, {
      route: kind,
      methods: ['POST'],
      ...guard(services, 'Migrations.Approve', (request) => answer(kind, request, services)),
    });
  }
}

async function answer(
  kind: 'freeze' | 'unfreeze',
  request: HttpRequest,
  services: Services,
): Promise<HttpResponseInit> {
  const key = keyOf(request);
  if (!key.ok) return key.problem;
  const body = await bodyOf(commandBodySchema, request, services.maxRequestBytes);
  if (!body.ok) return body.problem;
  const { by, reason } = body.value;
  // Where the platform has authenticated the caller, the body cannot say otherwise.
  const asked = {
    kind,
    by: callerOf(request, services)?.name ?? by ?? null,
    reason: reason ?? null,
  };
  const acceptance = await acceptFreeze(asked, key.value, services);
  if (acceptance.kind === 'conflict')
    return problemResponse(
      409,
      'conflict',
      'this Idempotency-Key stands for another command already; choose another one',
    );
  const frozen: Frozen = { frozen: acceptance.frozen };
  return { jsonBody: frozen };
}
