import { stringify } from 'csv-stringify/sync';
import type { ListedTask } from '../contracts/answers/listedTask.ts';
import { allWorkloads } from '../contracts/workload.ts';
import type { Page } from '../storage/stores.ts';

/** What a task may be made of: the workloads of a user, or the one of a SharePoint task. */
const services = [...allWorkloads, 'SharePoint'] as const;

const columns = [
  'migrationId',
  'batchId',
  'taskId',
  'sourceUserPrincipalName',
  'outcome',
  ...services,
  'source',
  'target',
  'codes',
  'messages',
  'meanings',
  'whoCanFix',
  'retry',
  'scope',
  'steps',
  'jobId',
  'updatedAt',
] as const;

/**
 * All pages of tasks as CSV, one row a task: the status of each workload, what a SharePoint task moves where, then every
 * error's code and message, what the codes mean and what to do, each separated by ` | `; whose move it is and how to retry are
 * those of the task as a whole, empty unless it has failed. Cells that a spreadsheet would take for a formula are escaped.
 */
export async function tasksCsv(
  load: (continuationToken: string | undefined) => Promise<Page<ListedTask>>,
): Promise<string> {
  const parts = [stringify([columns])];
  let continuationToken: string | undefined;
  do {
    const page = await load(continuationToken);
    parts.push(stringify(page.items.map(cells), { escape_formulas: true }));
    continuationToken = page.continuationToken;
  } while (continuationToken !== undefined);
  return parts.join('');
}

function cells(task: ListedTask): string[] {
  const { failure } = task;
  const errors = task.services.flatMap((service) => service.errors);
  return [
    task.migrationId,
    task.batchId,
    task.taskId,
    task.sourceUserPrincipalName ?? '',
    task.outcome ?? 'pending',
    ...services.map((name) => task.services.find(({ service }) => service === name)?.status ?? ''),
    task.source ?? '',
    task.target ?? '',
    errors.length === 0 ? joined(failure?.codes) : errors.map(({ code }) => code).join(' | '),
    errors.map(({ message }) => message).join(' | '),
    joined(errors.length === 0 ? failure?.meanings : errors.map(({ meaning }) => meaning)),
    joined(failure?.whoCanFix),
    failure?.retry ?? '',
    failure?.scope ?? '',
    joined(errors.length === 0 ? failure?.steps : errors.map(({ step }) => step)),
    task.jobId ?? '',
    task.updatedAt,
  ];
}

/** Each text once: several codes often call for the same step. */
function joined(texts: readonly string[] = []): string {
  return [...new Set(texts)].join(' | ');
}
