import type { GraphResponse } from '../graphResponse.ts';
import { onlyArgument, selected, undocumented, unknownSegment } from './urlParts.ts';
import { createTask, type SharePointStores } from './createTask.ts';
import { taskErrors } from './taskErrors.ts';
import { taskBody, taskContext } from './taskBody.ts';
import { groupKey, siteKey, userKey } from './taskParameters.ts';
import type { TaskRecord } from './taskRecord.ts';

/** An authorised request to a SharePoint collection. `path` is the decoded part after the collection. */
export interface SharePointRequest {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly tenantId: string;
  readonly nowMs: number;
  readonly body: () => Promise<unknown>;
}

const taskMembers = [
  'id',
  'status',
  'parameters',
  'startedDateTime',
  'finishedDateTime',
  'lastUpdatedDateTime',
  'error',
  'errors',
];
const lookups = [
  { name: 'getBySourceUserPrincipalName', parameter: 'sourcePrincipalName', keyOf: userKey },
  { name: 'getBySourceSiteUrl', parameter: 'sourceSiteUrl', keyOf: siteKey },
  { name: 'getBySourceGroupMailNickname', parameter: 'sourceGroupMailNickname', keyOf: groupKey },
];

/** Executes the operation that a request to `crossOrganizationMigrationTasks` names. Throws a GraphError. */
export async function handleTasks(
  request: SharePointRequest,
  stores: SharePointStores,
): Promise<GraphResponse> {
  const { method, path, tenantId, nowMs } = request;
  const { tasks, scenario } = stores;
  const { switches } = scenario.sharePoint;
  if (path === '' || path === '/') {
    if (method === 'POST') return createTask(await request.body(), stores, tenantId, nowMs);
    throw undocumented(method === 'GET' ? switches.undocumentedStatus : 405);
  }
  if (path.toLowerCase() === '/$count') throw undocumented(switches.undocumentedStatus);
  const call = /^\/(?:microsoft\.graph\.)?(getBy\w+)(\([^]*\))?$/i.exec(path);
  if (call !== null) {
    const lookup = lookups.find(({ name }) => name.toLowerCase() === call[1]?.toLowerCase());
    if (lookup === undefined) throw unknownSegment(call[1] ?? '');
    if (method !== 'GET') throw undocumented(405);
    const value = onlyArgument(call[2] ?? '()', lookup.parameter, {
      unquoted: switches.unquotedLookups,
    });
    return taskResponse(request, stores, tasks.latest(tenantId, lookup.keyOf(value)), value);
  }
  const [, inSegment, inKey, action = ''] =
    /^(?:\/([^/()]+)|\('([^']*)'\))(?:\/(?:microsoft\.graph\.)?([^/]+))?\/?$/i.exec(path) ?? [];
  const id = inSegment ?? inKey;
  if (id === undefined) throw unknownSegment(path.split('/').at(-1) ?? '');
  const record = tasks.find(tenantId, id);
  if (action === '') {
    if (method === 'GET') return taskResponse(request, stores, record, id);
    throw undocumented(
      method === 'PATCH' || method === 'DELETE' ? switches.undocumentedStatus : 405,
    );
  }
  if (action.toLowerCase() !== 'cancel') throw unknownSegment(action);
  if (method !== 'POST') throw undocumented(405);
  return cancelTask(stores, record, id, nowMs);
}

function taskResponse(
  { url, nowMs }: SharePointRequest,
  { tasks, scenario }: SharePointStores,
  record: TaskRecord | undefined,
  name: string,
): GraphResponse {
  if (scenario.sharePoint.switches.noTrust) throw taskErrors.noTrust();
  if (record === undefined) throw taskErrors.unknownTask(name);
  return {
    status: 200,
    body: selected(
      { '@odata.context': taskContext, ...taskBody(tasks, scenario, record, nowMs) },
      url,
      'sharePointMigrationTask',
      taskMembers,
    ),
  };
}

/** Cancels a task that has not started (Graph: cancel task). */
function cancelTask(
  { tasks, scenario }: SharePointStores,
  record: TaskRecord | undefined,
  id: string,
  nowMs: number,
): GraphResponse {
  if (scenario.sharePoint.switches.noTrust) throw taskErrors.noTrust();
  if (record === undefined) throw taskErrors.unknownTask(id);
  if (tasks.stepAt(record, nowMs).status !== 'notStarted') throw taskErrors.tooLateToCancel(id);
  tasks.add({ kind: 'cancelled', id: record.task.id, atMs: nowMs });
  return { status: 204, effect: `cancelTask ${record.task.id}` };
}
