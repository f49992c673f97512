import type { JobStore } from '../../../local/graph-emulator/index.ts';

const over: readonly string[] = ['completed', 'completedWithErrors', 'failed', 'cancelled'];
const moving: readonly string[] = [
  'processing',
  'inProgress',
  'adminActionRequired',
  'cuttingOver',
];

/** Jobs at Graph that were there at an instant and had not ended. */
export function jobsInFlightAt(book: JobStore, atMs: number): number {
  return book
    .all()
    .filter(
      (record) =>
        (record.events[0]?.atMs ?? Infinity) <= atMs &&
        !over.includes(book.stepAt(record, atMs).status),
    ).length;
}

/** The OneDrives of jobs that migrated at an instant. */
export function oneDrivesAt(book: JobStore, atMs: number): number {
  const records = book
    .all()
    .filter(
      (record) =>
        record.job.workloads.includes('ODSP') && moving.includes(book.stepAt(record, atMs).status),
    );
  return records.reduce((sum, record) => sum + book.timeline(record).users.length, 0);
}
