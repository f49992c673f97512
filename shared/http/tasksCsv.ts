import { stringify } from 'csv-stringify/sync';
import type { Task } from '../contracts/task.ts';
import { allWorkloads } from '../contracts/workload.ts';
import type { Page } from '../storage/stores.ts';

const columns = [
  'migrationId',
  'batchId',
  'taskId',
  'sourceUserPrincipalName',
  'outcome',
  ...allWorkloads,
  'codes',
  'messages',
  'remedies',
  'jobId',
  'updatedAt',
] as const;

/**
 * All pages of tasks as CSV, one row a task: the status of each workload, then every error's code, message and remedy,
 * separated by ` | `. Cells that a spreadsheet would take for a formula are escaped.
 */
export async function tasksCsv(load: (continuationToken: string | undefined) => Promise<Page<Task>>): Promise<string> {
  const parts = [stringify([columns])];
  let continuationToken: string | undefined;
  do {
    const page = await load(continuationToken);
    parts.push(stringify(page.items.map(cells), { escape_formulas: true }));
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return parts.join('');
}

function cells(task: Task): string[] {
  const errors = task.services.flatMap((service) => service.errors);
  return [
    task.migrationId,
    task.batchId,
    task.taskId,
    task.sourceUserPrincipalName ?? '',
    task.outcome ?? 'pending',
    ...allWorkloads.map((workload) => task.services.find(({ service }) => service === workload)?.status ?? ''),
    errors.map(({ code }) => code).join(' | '),
    errors.map(({ message }) => message).join(' | '),
    [...new Set(errors.map(({ remedy }) => remedy))].join(' | '),
    task.jobId ?? '',
    task.updatedAt,
  ];
}
