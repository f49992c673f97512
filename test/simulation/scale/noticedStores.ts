import type { JobStore } from '../../../local/graph-emulator/index.ts';
import type { Stores } from '../../../shared/storage/stores.ts';

/** What became known: a job's status, by what it means and all together, or a user's outcome. */
export const noticeKinds = [
  'validated',
  'syncing',
  'cuttingOver',
  'ended',
  'cancelled',
  'anyChange',
  'userOutcome',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** What a status says; those that the app's own call has brought about are known at once and left out. */
const meaning: Readonly<Record<string, NoticeKind>> = {
  validatePassed: 'validated',
  validateFailed: 'validated',
  inProgress: 'syncing',
  cuttingOver: 'cuttingOver',
  completed: 'ended',
  completedWithErrors: 'ended',
  failed: 'ended',
  cancelled: 'cancelled',
};

export interface NoticeListener {
  readonly nowMs: () => number;
  /** A change at Graph is in our rows, so many milliseconds after it happened there. */
  readonly onNotice: (kind: NoticeKind, delayMs: number) => void;
  readonly onUserDone: (migrationId: string, taskId: string, outcome: string) => void;
  readonly onMigrationEnd: (migrationId: string, phase: string) => void;
}

/**
 * The stores, with a look at what they are told: how old it is by then at Graph, whose own book of jobs is `book`. What is looked
 * up for that is read from `unseen`, where nobody counts it.
 */
export function noticedStores<S extends Stores>(
  stores: S,
  unseen: Stores,
  book: JobStore,
  { nowMs, onNotice, onUserDone, onMigrationEnd }: NoticeListener,
): S {
  const delayMs = (jobId: string | null | undefined, status?: string): number | undefined => {
    const record = typeof jobId === 'string' ? book.find(jobId) : undefined;
    const step = record === undefined ? undefined : book.stepAt(record, nowMs());
    return step === undefined || (status !== undefined && step.status !== status)
      ? undefined
      : nowMs() - step.atMs;
  };
  const noticeBatch = async <T>(
    migrationId: string,
    batchId: string,
    write: () => Promise<T>,
  ): Promise<T> => {
    const before = await unseen.batches.get(migrationId, batchId);
    const written = await write();
    const { jobStatus = null, jobId = null } =
      (await unseen.batches.get(migrationId, batchId)) ?? {};
    const kind = jobStatus === null ? undefined : meaning[jobStatus];
    if (jobStatus === null || kind === undefined || before?.jobStatus === jobStatus) return written;
    const delay = delayMs(jobId, jobStatus);
    if (delay === undefined) return written;
    onNotice(kind, delay);
    onNotice('anyChange', delay);
    return written;
  };
  const noticeMigration = async <T>(migrationId: string, write: () => Promise<T>): Promise<T> => {
    const before = await unseen.migrations.get(migrationId);
    const written = await write();
    const after = await unseen.migrations.get(migrationId);
    if (typeof after?.finishedAt === 'string' && before?.finishedAt !== after.finishedAt)
      onMigrationEnd(migrationId, after.phase);
    return written;
  };
  return {
    ...stores,
    batches: {
      ...stores.batches,
      update: (migrationId, batchId, changes) =>
        noticeBatch(migrationId, batchId, () =>
          stores.batches.update(migrationId, batchId, changes),
        ),
      updateWhen: (migrationId, batchId, isRight, changes) =>
        noticeBatch(migrationId, batchId, () =>
          stores.batches.updateWhen(migrationId, batchId, isRight, changes),
        ),
      change: (migrationId, batchId, change) =>
        noticeBatch(migrationId, batchId, () =>
          stores.batches.change(migrationId, batchId, change),
        ),
    },
    tasks: {
      ...stores.tasks,
      save: async (tasks, before) => {
        await stores.tasks.save(tasks, before);
        for (const { migrationId, taskId, jobId, outcome } of tasks) {
          if (outcome === null) continue;
          onUserDone(migrationId, taskId, outcome);
          const delay = delayMs(jobId);
          if (delay !== undefined) onNotice('userOutcome', delay);
        }
      },
    },
    migrations: {
      ...stores.migrations,
      update: (migrationId, changes) =>
        noticeMigration(migrationId, () => stores.migrations.update(migrationId, changes)),
      change: (migrationId, change) =>
        noticeMigration(migrationId, () => stores.migrations.change(migrationId, change)),
    },
  };
}
