import type { SharePointParameters } from '../../shared/contracts/sharePointParameters.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { sourceKey, sourceOf, targetOf } from '../../shared/domain/sharePointSource.ts';
import { contentHash } from '../../shared/storage/contentHash.ts';

/** The row of a SharePoint task before anything has happened. */
export function newMove(place: Pick<Task, 'migrationId' | 'batchId' | 'updatedAt'>, parameters: SharePointParameters): Task {
  const source = sourceOf(parameters);
  return {
    ...place,
    taskId: moveId(parameters),
    sourceUserPrincipalName: source.kind === 'userPrincipalName' ? source.value : null,
    source: source.value,
    target: targetOf(parameters),
    parameters,
    outcome: null,
    jobId: null,
    services: [],
    validation: [],
  };
}

/** The id of a SharePoint task: a GUID of version 8 (RFC 9562) over its source, so that the same source always has the same. */
function moveId(parameters: SharePointParameters): string {
  const hash = contentHash(sourceKey(parameters));
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
