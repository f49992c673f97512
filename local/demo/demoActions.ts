import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { ApiClient, MigrationDetail } from './apiClient.ts';
import { exampleText } from './sendExamples.ts';

/** An action of the demo. It is executed once, as soon as it is due. */
interface Action {
  /** The line that the demo prints. */
  readonly text: string;
  readonly migration: string;
  readonly isDue: (migration: MigrationDetail) => boolean;
  readonly execute: (api: ApiClient, migration: MigrationDetail, nowMs: number) => Promise<void>;
}

const admin = { by: 'ana.novak@fabrikam.com' };
const cancelledUser = 'aaaaaaaa-0000-4000-8000-000000000415';
const rescheduleMs = 6 * 3_600_000;
/** The API refuses a date in the past, and at the demo's speed six hours are two seconds of a slow machine. */
const shortestNoticeMs = 24 * 3_600_000;

/** Returns true when a migration has a job that has not cut over. */
const isRunning = ({ batches }: MigrationDetail): boolean =>
  batches.some(
    ({ phase, jobId }) => jobId !== null && (phase === 'validating' || phase === 'syncing'),
  );

const actions: readonly Action[] = [
  {
    text: 'wave09 is waiting for its approval: ana.novak approves it',
    migration: 'wave09',
    isDue: ({ approvals }) => approvals.at(-1)?.verdict === null,
    execute: (api, { id, approvals }) =>
      api.command(id, 'approve', {
        ...admin,
        reason: 'the users have been told',
        approvalId: approvals.at(-1)?.approvalId,
      }),
  },
  {
    text: 'wave10 is running: ana.novak postpones its cutover by at least six hours',
    migration: 'wave10',
    isDue: isRunning,
    execute: (api, { id, completeAfterDateTime }, nowMs) =>
      api.command(id, 'reschedule', {
        ...admin,
        completeAfterDateTime: new Date(
          Math.max(
            Date.parse(completeAfterDateTime ?? '') + rescheduleMs,
            nowMs + shortestNoticeMs,
          ),
        ).toISOString(),
      }),
  },
  {
    text: 'wave10 is running: ana.novak cancels one of its users',
    migration: 'wave10',
    isDue: isRunning,
    execute: (api, { id }) =>
      api.command(id, `tasks/${cancelledUser}/cancel`, { ...admin, reason: 'leaves the company' }),
  },
  {
    text: 'wave10 has ended: ana.novak retries its failed user',
    migration: 'wave10',
    isDue: ({ phase, counts }) => isFinalPhase(phase) && counts.failed > 0,
    execute: (api, { id }) => api.command(id, 'retry', admin),
  },
];

/** Examples with a source of an earlier example. Graph migrates a source once at a time, so each waits for the earlier one. */
const followers: readonly {
  readonly after: string;
  readonly file: string;
  readonly name: string;
}[] = [
  {
    after: 'sharepoint-2-user-by-id',
    file: 'sharepoint/3-user-with-data-location.json',
    name: 'sharepoint-3-user-with-data-location',
  },
  {
    after: 'sharepoint-1-user-by-name',
    file: 'sharepoint/6-user-with-start.json',
    name: 'sharepoint-6-user-with-start',
  },
];

/** The names of the migrations that the demo sends later than the others. */
export const followerNames: readonly string[] = followers.map(({ name }) => name);

/** Executes the actions of an administrator while the examples run. */
export class DemoActions {
  readonly #api: ApiClient;
  readonly #nowMs: () => number;
  readonly #print: (line: string) => void;
  readonly #done = new Set<unknown>();

  constructor(api: ApiClient, nowMs: () => number, print: (line: string) => void) {
    this.#api = api;
    this.#nowMs = nowMs;
    this.#print = print;
  }

  /** Executes the actions that are due. Returns true when all actions are done and no command is pending. */
  async executeDue(migrations: readonly MigrationDetail[]): Promise<boolean> {
    const find = (name: string): MigrationDetail | undefined =>
      migrations.find((migration) => migration.name === name);
    for (const action of actions) {
      const migration = find(action.migration);
      if (migration === undefined || this.#done.has(action) || !action.isDue(migration)) continue;
      this.#done.add(action);
      await action.execute(this.#api, migration, this.#nowMs());
      this.#print(action.text);
    }
    for (const follower of followers) {
      const before = find(follower.after);
      if (before === undefined || this.#done.has(follower) || !isFinalPhase(before.phase)) continue;
      this.#done.add(follower);
      await this.#api.postMigration(exampleText(follower.file));
    }
    if (this.#done.size < actions.length + followers.length) return false;
    for (const name of new Set(actions.map(({ migration }) => migration))) {
      const migration = find(name);
      if (
        migration === undefined ||
        (await this.#api.commands(migration.id)).some(({ state }) => state === 'pending')
      )
        return false;
    }
    return true;
  }
}
