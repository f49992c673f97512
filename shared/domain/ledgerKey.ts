import type { Task } from '../contracts/task.ts';

/** The key of a task in the ledger: of its target user, or of the source of a SharePoint task. */
export function ledgerKey({ taskId, parameters }: Pick<Task, 'taskId' | 'parameters'>): string {
  return `${parameters === null ? 'user' : 'source'}:${taskId}`;
}

/** Whether a SharePoint task says itself that it is only validated: it moves nothing, so its source is not reserved. */
export function isOnlyValidated({ parameters }: Pick<Task, 'parameters'>): boolean {
  return parameters?.validateOnly === true;
}
