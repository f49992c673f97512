import type { IntakeServices } from '../../shared/intake/acceptRequest.ts';
import { type Replay as Replayed, replayRejection } from '../../shared/intake/replay.ts';
import type { MemoryStores } from '../memoryStores/memoryStores.ts';
import type { Replay } from './drawReplays.ts';
import type { Ledger } from './ledger.ts';
import type { FunctionServices } from './simulatedHost.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';

export interface ReplayerOptions {
  readonly loop: SimulatedLoop;
  readonly ledger: Ledger;
  readonly stores: MemoryStores;
  readonly ask: <T>(work: (services: FunctionServices) => Promise<T>) => Promise<T | 'lost'>;
  readonly intake: (services: FunctionServices) => IntakeServices;
  /** Hears of the migration that a replay has come to, with the request that was in the message. */
  readonly accepted: (migrationId: string, request: unknown) => void;
}

/** The largest request in a blob that the runs' app takes. */
export const maxRequestBytes = 100_000;

/** Replays a refused message as drawn: once or more, perhaps with a second person at the same moment. */
export async function replayMessage(
  id: string,
  body: unknown,
  { submission, afterMs, times, together, leaves, leavesAfterMs }: Replay,
  options: ReplayerOptions,
): Promise<void> {
  const { loop, stores, ledger } = options;
  const blob = blobNameIn(body);
  const remaining = blob === undefined ? null : leaves;
  if (blob !== undefined && remaining !== null) {
    loop.schedule(loop.now() + leavesAfterMs, () => {
      ledger.note(`somebody leaves ${blob}`);
      stores.putInbox(blob, JSON.stringify(remaining));
    });
  }
  for (let count = 1; count <= times; count += 1) {
    await loop.wait(afterMs);
    await Promise.all(
      Array.from({ length: together }, () =>
        replayOnce(id, submission, remaining ?? body, options),
      ),
    );
  }
}

async function replayOnce(
  id: string,
  submission: number,
  request: unknown,
  { loop, ledger, ask, intake, accepted }: ReplayerOptions,
): Promise<void> {
  const answer: Replayed | 'lost' = await ask((services) =>
    replayRejection(id, { ...intake(services), maxRequestBytes, isSignInOn: true }, replayer),
  );
  const told = answer === 'lost' ? answer : answer.kind;
  ledger.note(
    `the replay of ${id}: ${told} ${answer !== 'lost' && answer.kind === 'accepted' ? answer.migrationId : ''}`,
  );
  ledger.cover(
    `replay|${told}|${answer !== 'lost' && answer.kind === 'rejected' ? answer.rejection.code : ''}`,
  );
  if (answer === 'lost') return;
  ledger.replays.push({
    id,
    submission,
    atMs: loop.now(),
    kind: answer.kind,
    migrationId: answer.kind === 'accepted' ? answer.migrationId : null,
  });
  if (answer.kind === 'accepted') accepted(answer.migrationId, request);
}

/** Whoever replays does not approve. */
const replayer = { name: 'pat@fabrikam.com', id: 'pat' };

/** The blob that a message names instead of a request; undefined for any other message. */
export function blobNameIn(body: unknown): string | undefined {
  return typeof body === 'object' &&
    body !== null &&
    'requestBlob' in body &&
    typeof body.requestBlob === 'string'
    ? body.requestBlob
    : undefined;
}
