import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { ApiClient, MigrationDetail } from './apiClient.ts';
import { exampleText } from './sendExamples.ts';

/** One thing that the demo does on the way, once, as soon as its moment has come. */
interface Action {
  /** For people to read. */
  readonly what: string;
  readonly migration: string;
  readonly isDue: (migration: MigrationDetail) => boolean;
  readonly act: (api: ApiClient, migration: MigrationDetail) => Promise<void>;
}

const admin = { by: 'ana.novak@fabrikam.com' };
const cancelledUser = 'aaaaaaaa-0000-4000-8000-000000000415';
const rescheduleMs = 6 * 3_600_000;

const hasBatch = (
  { batches }: MigrationDetail,
  holds: (batch: MigrationDetail['batches'][number]) => boolean,
): boolean => batches.some(holds);

/** Its job is there and has not cut over. */
const isUnderWay = (migration: MigrationDetail): boolean =>
  hasBatch(
    migration,
    ({ phase, jobId }) => jobId !== null && (phase === 'validating' || phase === 'syncing'),
  );

const actions: readonly Action[] = [
  {
    what: 'wave09 waits before its cutover: ana.novak approves it',
    migration: 'wave09',
    isDue: ({ approvals }) => approvals.at(-1)?.verdict === null,
    act: (api, { id, approvals }) =>
      api.command(id, 'approve', {
        ...admin,
        reason: 'the users have been told',
        approvalId: approvals.at(-1)?.approvalId,
      }),
  },
  {
    what: 'wave10 is under way: its cutover is put off by six hours',
    migration: 'wave10',
    isDue: isUnderWay,
    act: (api, { id, completeAfterDateTime }) =>
      api.command(id, 'reschedule', {
        ...admin,
        completeAfterDateTime: new Date(
          Date.parse(completeAfterDateTime ?? '') + rescheduleMs,
        ).toISOString(),
      }),
  },
  {
    what: 'wave10: one of its users stays behind',
    migration: 'wave10',
    isDue: isUnderWay,
    act: (api, { id }) =>
      api.command(id, `tasks/${cancelledUser}/cancel`, { ...admin, reason: 'leaves the company' }),
  },
  {
    what: 'wave10 has ended: those who failed are tried again',
    migration: 'wave10',
    isDue: ({ phase, counts }) => isFinalPhase(phase) && counts.failed > 0,
    act: (api, { id }) => api.command(id, 'retry', admin),
  },
];

/** Examples that take up a source again: Graph moves it once at a time, so each waits for the one before it. */
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

/** The names of the migrations that the demo sends later than the rest. */
export const followerNames: readonly string[] = followers.map(({ name }) => name);

/** Does what an admin would do while the examples run. */
export class DemoActions {
  readonly #api: ApiClient;
  readonly #say: (line: string) => void;
  readonly #done = new Set<unknown>();

  constructor(api: ApiClient, say: (line: string) => void) {
    this.#api = api;
    this.#say = say;
  }

  /** Looks at how the migrations stand and acts where it is time; true when nothing is left to do or to be answered. */
  async look(migrations: readonly MigrationDetail[]): Promise<boolean> {
    const find = (name: string): MigrationDetail | undefined =>
      migrations.find((migration) => migration.name === name);
    for (const action of actions) {
      const migration = find(action.migration);
      if (migration === undefined || this.#done.has(action) || !action.isDue(migration)) continue;
      this.#done.add(action);
      await action.act(this.#api, migration);
      this.#say(action.what);
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
