import { acceptCommand } from '../../orchestrations/commands/accept.ts';
import type { CommandRequest } from '../../orchestrations/commands/commandDefinition.ts';
import type { CommandKind } from '../../shared/contracts/command.ts';
import { isPaused } from '../../shared/domain/commands.ts';
import { acceptRequest, type IntakeServices } from '../../shared/intake/acceptRequest.ts';
import { acceptFreeze } from '../../shared/intake/freeze.ts';
import { acceptMessage, recordPoison } from '../../shared/intake/messages.ts';
import { rejectionId } from '../../shared/intake/rejections.ts';
import type { MemoryStores } from '../memoryStores/memoryStores.ts';
import { longestStallMs } from './crashPlan.ts';
import type { Replay } from './drawReplays.ts';
import { targetTenantId, user, userCount } from './drawScenario.ts';
import { sourceTenantId } from './drawSharePoint.ts';
import type { Submission } from './drawSubmissions.ts';
import type { Wish } from './drawWishes.ts';
import type { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import { blobNameIn, maxRequestBytes, replayMessage } from './replayer.ts';
import type { SeededRandom } from './seededRandom.ts';
import type { FunctionServices, SimulatedHost } from './simulatedHost.ts';
import type { SimulatedLoop } from './simulatedLoop.ts';

export interface PeopleOptions {
  readonly plan: Plan;
  readonly host: SimulatedHost;
  readonly loop: SimulatedLoop;
  readonly ledger: Ledger;
  readonly random: SeededRandom;
  readonly stores: MemoryStores;
}

/** Whom a command may add to a migration. */
export const addedUsers: readonly string[] = [2, 3, 4].map((n) => user(userCount + n));

const hour = 3_600_000;
// A queue gives a message five times; then it goes to the poison queue.
const maxDeliveries = 5;

/** The text of the queue message that a submission is sent as. */
export function messageText(
  index: number,
  { body, way }: Pick<Submission, 'body' | 'way'>,
): string {
  return way === 'blob' ? JSON.stringify({ requestBlob: blobOf(index) }) : textOf(body);
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function blobOf(index: number): string {
  return `request-${String(index)}.json`;
}

/** Lets everybody outside begin: who sends requests by HTTP and by the queue, and who asks something of what runs. */
export function sendPeople(options: PeopleOptions): void {
  new People(options).begin();
}

/** Who somebody is: the same however the name is written. */
function personOf(name: string): { readonly name: string; readonly id: string } {
  return { name, id: `${targetTenantId}/${name.toLowerCase()}` };
}

/** Who sends a request in their own name. */
function requesterIn(body: unknown): string {
  return typeof body === 'object' && body !== null && 'requestedBy' in body
    ? String(body.requestedBy)
    : 'lee@fabrikam.com';
}

class People {
  readonly #options: PeopleOptions;
  readonly #waiting: {
    readonly migrationId: string;
    readonly phase: string;
    readonly go: () => void;
  }[] = [];
  readonly #counted: { atCall: number; readonly go: () => void }[] = [];
  readonly #asked = new Set<Wish>();
  /** The phases that each migration has come to. */
  readonly #seen = new Set<string>();
  #calls = 0;

  constructor(options: PeopleOptions) {
    this.#options = options;
    const { ledger } = options;
    ledger.onPhase = (migrationId, phase) => {
      this.#seen.add(`${migrationId} ${phase}`);
      for (const { go } of this.#waiting.filter(
        (one) => one.migrationId === migrationId && one.phase === phase,
      ))
        go();
    };
    ledger.onCall = () => {
      this.#calls += 1;
      for (const { go } of this.#counted.filter(({ atCall }) => atCall === this.#calls)) go();
    };
  }

  begin(): void {
    const { loop, plan } = this.#options;
    void this.#freeze();
    for (const [index, submission] of plan.submissions.entries()) {
      loop.schedule(loop.now() + submission.afterMs, () => {
        void (submission.way === 'http'
          ? this.#post(index, submission)
          : this.#queue(index, submission));
      });
    }
  }

  /**
   * Somebody who freezes everything, and lifts it for sure. Sends again what is not answered. What has no key is then asked for twice, and a stalled
   * instance may freeze once more after the end: whoever asked sees that, and lifts it again.
   */
  async #freeze(): Promise<void> {
    const { loop, ledger, plan, stores } = this.#options;
    /** Whether it had to be asked for more than once. */
    const ask = async (kind: 'freeze' | 'unfreeze', key: string | undefined): Promise<boolean> => {
      let isRepeated = false;
      while (
        (await this.#ask(({ stores: own, nowMs }) =>
          acceptFreeze({ kind, by: 'ana@fabrikam.com', reason: null }, key, { stores: own, nowMs }),
        )) === 'lost'
      ) {
        isRepeated = true;
        await this.#pause();
      }
      ledger.note(`${kind} is answered`);
      ledger.cover(`freeze|${kind}`);
      return isRepeated;
    };
    for (const { afterMs, lastsMs, key } of plan.freezes) {
      await loop.wait(afterMs);
      const mayComeLate = (await ask('freeze', key)) && key === undefined;
      ledger.freezes.push({ seq: ledger.tick(), kind: 'freeze' });
      await loop.wait(lastsMs);
      ledger.freezes.push({ seq: ledger.tick(), kind: 'unfreeze' });
      await ask('unfreeze', key);
      if (!mayComeLate) continue;
      await loop.wait(longestStallMs + 60_000);
      if ((await stores.freezes.current()) === null) continue;
      ledger.freezes.push({ seq: ledger.tick(), kind: 'unfreeze' });
      await ask('unfreeze', undefined);
    }
  }

  /** A caller who sends again when he hears nothing, as one does with an idempotent request. */
  async #post(index: number, { body, key, givesUp }: Submission): Promise<void> {
    for (;;) {
      const answer = await this.#ask((services) =>
        acceptRequest(body, key, {
          ...this.#intake(services),
          sender: { kind: 'signedIn', person: personOf(requesterIn(body)) },
        }),
      );
      if (answer === 'lost') {
        if (givesUp) return;
        await this.#pause();
        continue;
      }
      this.#replied(
        index,
        answer.kind === 'approvalNeedsSignIn' ? 'rejected' : answer.kind,
        answer.kind === 'accepted' ? answer.migration.id : null,
      );
      return;
    }
  }

  /** A message in the queue: given again until its function has come to an end, and now and then once more after that. */
  async #queue(index: number, { body, way }: Submission): Promise<void> {
    const { plan, random, ledger, stores, host } = this.#options;
    const text = messageText(index, { body, way });
    const id = rejectionId(text);
    if (way === 'blob') stores.putInbox(blobOf(index), textOf(body));
    const replay = plan.replays.find(({ submission }) => submission === index);
    let isDealtWith = false;
    for (
      let deliveries = replay?.isPoisoned === true ? maxDeliveries : 0;
      deliveries < maxDeliveries;
    ) {
      // While there is no host nobody takes the message.
      if (!host.isUp) {
        await this.#pause();
        continue;
      }
      if (deliveries > 0) await this.#pause();
      deliveries += 1;
      const outcome = await this.#ask((services) =>
        acceptMessage({ text }, { ...this.#intake(services), maxRequestBytes, isSignInOn: true }),
      );
      if (outcome === 'lost') continue;
      this.#replied(index, outcome.kind, outcome.kind === 'accepted' ? outcome.migrationId : null);
      if (outcome.kind === 'rejected' && !isDealtWith) void this.#replay(id, body, replay);
      isDealtWith = true;
      if (!random.chance(plan.redeliveryRate)) return;
      ledger.note(`message ${id} comes again`);
    }
    if (isDealtWith) return;
    stores.putPoison(text);
    while ((await this.#ask((services) => recordPoison(services))) === 'lost') await this.#pause();
    this.#replied(index, 'poisoned', null);
    void this.#replay(id, body, replay);
  }

  async #replay(id: string, body: unknown, replay: Replay | undefined): Promise<void> {
    if (replay === undefined) return;
    const { loop, ledger, stores } = this.#options;
    const accepted = (migrationId: string, request: unknown): void => {
      this.#replied(replay.submission, 'accepted', migrationId, request);
    };
    await replayMessage(
      id,
      body,
      this.#options.plan.submissions[replay.submission]?.way === 'queue'
        ? replay
        : { ...replay, leaves: null },
      {
        loop,
        ledger,
        stores,
        accepted,
        ask: (work) => this.#ask(work),
        intake: (services) => this.#intake(services),
      },
    );
  }

  #replied(
    submission: number,
    kind: 'accepted' | 'invalid' | 'conflict' | 'usersUnavailable' | 'rejected' | 'poisoned',
    migrationId: string | null,
    request = this.#requestIn(submission),
  ): void {
    const { ledger, loop, plan } = this.#options;
    const { what, way } = plan.submissions[submission] ?? { what: '', way: '' };
    ledger.replies.push({ submission, atMs: loop.now(), kind, migrationId, request });
    ledger.note(`request ${String(submission)} (${what}, ${way}) is ${kind} ${migrationId ?? ''}`);
    ledger.cover(`request|${what}|${way}|${kind}`);
    if (migrationId === null || what !== 'first') return;
    for (const wish of plan.wishes)
      if (wish.submission === submission) this.#plan(wish, migrationId);
  }

  /** What the message brings: a blob that somebody leaves late counts as well when the message comes again. */
  #requestIn(submission: number): unknown {
    const { submissions, replays } = this.#options.plan;
    const { body, way } = submissions[submission] ?? {};
    return way === 'queue' && blobNameIn(body) !== undefined
      ? (replays.find((replay) => replay.submission === submission)?.leaves ?? body)
      : body;
  }

  #plan(wish: Wish, migrationId: string): void {
    const { loop } = this.#options;
    const { moment } = wish;
    const go = (): void => {
      if (this.#asked.has(wish)) return;
      this.#asked.add(wish);
      const afterMs = 'afterMs' in moment ? moment.afterMs : 0;
      loop.schedule(loop.now() + afterMs, () => void this.#wish(wish, migrationId));
    };
    if ('atRequest' in moment) this.#counted.push({ atCall: this.#calls + moment.atRequest, go });
    // Whoever hears late of his migration finds it in the phase already.
    else if ('phase' in moment && !this.#seen.has(`${migrationId} ${moment.phase}`))
      this.#waiting.push({ migrationId, phase: moment.phase, go });
    else go();
  }

  async #wish(wish: Wish, migrationId: string): Promise<void> {
    const { loop } = this.#options;
    const told = await this.#command(wish, wish.kind, wish.key, migrationId);
    // Whoever has heard nothing may have paused it all the same.
    if (wish.kind !== 'pause' || (told !== 'accepted' && told !== 'lost')) return;
    await loop.wait(wish.resumeAfterMs);
    await this.#command(
      wish,
      'resume',
      wish.key === undefined ? undefined : `${wish.key}-resume`,
      migrationId,
    );
    // An instance that stood still may write the pause down only now: whoever looks again sees it.
    await loop.wait(24 * hour);
    if (isPaused(await this.#options.stores.commands.readLog(migrationId)))
      await this.#command(wish, 'resume', undefined, migrationId);
  }

  async #command(
    wish: Wish,
    kind: CommandKind,
    key: string | undefined,
    migrationId: string,
  ): Promise<string> {
    const { loop, ledger, stores } = this.#options;
    for (;;) {
      const asked = await this.#asking(wish, kind, migrationId);
      const seq = ledger.tick();
      const batches = await stores.batches.list(migrationId);
      const answer = await this.#ask(async (services) => {
        const migration = await services.stores.migrations.get(migrationId);
        return migration === undefined ? undefined : acceptCommand(migration, asked, key, services);
      });
      if (answer === 'lost') {
        if (wish.givesUp && kind !== 'resume') return 'lost';
        await this.#pause();
        continue;
      }
      const told = answer?.kind ?? 'notFound';
      const commandId = answer?.kind === 'accepted' ? answer.command.commandId : null;
      ledger.askings.push({
        seq,
        atMs: loop.now(),
        migrationId,
        kind,
        told,
        code: answer?.kind === 'conflict' ? answer.code : null,
        commandId,
      });
      ledger.note(`${wish.by} asks ${kind} of ${migrationId}: ${told}`);
      for (const phase of new Set(batches.map((batch) => batch.phase)))
        ledger.cover(`command|${kind}|${phase}|${told}`);
      return told;
    }
  }

  async #asking(
    { by, userIndex, hours, continueWithout }: Wish,
    kind: CommandKind,
    migrationId: string,
  ): Promise<CommandRequest> {
    const { loop, stores } = this.#options;
    const tasks = (await stores.tasks.list(migrationId, { pageSize: 100 })).items;
    const known = tasks[userIndex % (tasks.length + 1)]?.taskId ?? user(userCount + 1);
    const { approvals } = await stores.commands.readLog(migrationId);
    return {
      kind,
      by,
      byId: personOf(by).id,
      // Now and then somebody leaves it out, or means the one before.
      approvalId:
        kind === 'approve' || kind === 'reject'
          ? (approvals[userIndex === 0 ? -1 : approvals.length - (userIndex === 1 ? 2 : 1)]
              ?.approvalId ?? null)
          : null,
      reason: null,
      completeAfterDateTime:
        kind === 'reschedule' ? new Date(loop.now() + hours * hour).toISOString() : null,
      taskId: kind === 'cancelTask' || kind === 'updateTask' ? known : null,
      continueWithout: kind === 'revalidate' ? continueWithout : null,
      update: kind === 'updateTask' ? { taskType: 'users' } : null,
      onConflict: userIndex % 2 === 0 ? 'leaveOut' : 'refuse',
      users:
        kind === 'addTasks'
          ? [{ targetUserId: addedUsers[userIndex % addedUsers.length] ?? user(0) }]
          : [],
    };
  }

  async #ask<T>(work: (services: FunctionServices) => Promise<T>): Promise<T | 'lost'> {
    try {
      return await this.#options.host.ask(work);
    } catch (error) {
      // A function that fails: its caller gets a 500 and sends again, a queue gives its message again.
      this.#options.ledger.note(
        `a function failed: ${error instanceof Error ? error.message : String(error)}`,
      );
      return 'lost';
    }
  }

  #pause(): Promise<void> {
    const { loop, random } = this.#options;
    return loop.wait(random.spread(5_000, 600_000));
  }

  #intake({ stores, nowMs, start }: FunctionServices): IntakeServices {
    return {
      stores,
      nowMs,
      start,
      targetTenantId,
      sourceTenantId,
      batchSize: this.#options.plan.batchSize,
    };
  }
}
