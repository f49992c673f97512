import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { sourceOf, targetOf } from '../../shared/domain/sharePointSource.ts';
import { moveId } from '../../shared/storage/moveId.ts';

/** The row of a SharePoint task before anything has happened. */
export function newMove(
  place: Pick<Task, 'migrationId' | 'batchId' | 'updatedAt'>,
  parameters: SharePointParameters,
): Task {
  const source = sourceOf(parameters);
  return {
    ...place,
    taskId: moveId(parameters),
    sourceUserPrincipalName: source.kind === 'userPrincipalName' ? source.value : null,
    source: source.value,
    target: targetOf(parameters),
    parameters,
    outcome: null,
    outcomeBefore: null,
    jobId: null,
    services: [],
    validation: [],
  };
}
