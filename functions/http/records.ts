import type { HttpResponseInit } from '@azure/functions';
import type { z } from 'zod';
import type { freezeChain, rejectionsChain } from '../../shared/contracts/audit.ts';
import type { commandBodySchema } from '../../shared/contracts/command.ts';
import type { Frozen, Replayed } from '../../shared/contracts/responses.ts';
import { problemResponse } from '../../shared/http/problems.ts';
import { acceptFreeze } from '../../shared/intake/freeze.ts';
import { replayRejection } from '../../shared/intake/replay.ts';
import {
  type Call,
  migrationUrl,
  type OfMigration,
  pageQuerySchema,
  pageResponse,
  type WithClient,
} from './route.ts';

export const eventsQuerySchema = pageQuerySchema(200, 1_000);
interface WithEventsQuery {
  readonly query: z.output<typeof eventsQuerySchema>;
}

/**
 * Lists the audit trail of a migration in pages, oldest first. Each event contains the hash of the
 * previous one.
 */
export async function listEvents({
  request,
  services: { stores },
  migration,
  query,
}: Call & OfMigration & WithEventsQuery): Promise<HttpResponseInit> {
  return pageResponse(request, await stores.audit.list(migration.id, query));
}

/** Returns the handler that lists the audit trail of no migration in pages, oldest first. */
export function listChain(
  chain: typeof freezeChain | typeof rejectionsChain,
): (call: Call & WithEventsQuery) => Promise<HttpResponseInit> {
  return async ({ request, services: { stores }, query }) =>
    pageResponse(request, await stores.audit.list(chain, query));
}

export const rejectionsQuerySchema = pageQuerySchema(50, 200);

/** Lists the rejected queue messages in pages, newest first. */
export async function listRejections({
  request,
  services: { stores },
  query,
}: Call & { readonly query: z.output<typeof rejectionsQuerySchema> }): Promise<HttpResponseInit> {
  return pageResponse(request, await stores.rejections.list(query));
}

/**
 * Processes a rejected queue message again. Replaying it several times creates one migration.
 */
export async function replayMessage({
  request,
  services,
  caller,
  client,
}: Call & WithClient): Promise<HttpResponseInit> {
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
}

/** Sets or lifts the freeze of all migrations, and returns the current freeze. */
export async function handleFreeze(
  kind: 'freeze' | 'unfreeze',
  {
    services,
    caller,
    idempotencyKey,
    body: { by, reason },
  }: Call & { readonly body: z.output<typeof commandBodySchema> },
): Promise<HttpResponseInit> {
  // The identity that the platform authenticated has precedence over the body.
  const asked = { kind, by: caller?.name ?? by ?? null, reason: reason ?? null };
  const acceptance = await acceptFreeze(asked, idempotencyKey, services);
  if (acceptance.kind === 'conflict')
    return problemResponse(
      'conflict',
      'this Idempotency-Key was already used for a command with other content; send the command with a new key',
    );
  const frozen: Frozen = { frozen: acceptance.frozen };
  return { jsonBody: frozen };
}
