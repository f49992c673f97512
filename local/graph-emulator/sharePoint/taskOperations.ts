import type { GraphAnswer } from '../graphAnswer.ts';
import { onlyArgument, selected, undocumented, unknownSegment } from './address.ts';
import { createTask, type TaskBooks } from './createTask.ts';
import { refusals } from './refusals.ts';
import { taskBody, taskContext } from './taskBody.ts';
import { groupKey, siteKey, userKey } from './taskParameters.ts';
import type { TaskRecord } from './taskRecord.ts';

/** A request to a SharePoint collection, already authorised. `path` is what follows the collection, decoded. */
export interface SharePointRequest {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly tenantId: string;
  readonly nowMs: number;
  readonly body: () => Promise<unknown>;
}

const members = [
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

/** Finds the operation of a request to `crossOrganizationMigrationTasks` and carries it out. Throws a GraphRefusal. */
export async function answerTasks(
  request: SharePointRequest,
  books: TaskBooks,
): Promise<GraphAnswer> {
  const { method, path, tenantId, nowMs } = request;
  const { tasks, scenario } = books;
  const { switches } = scenario.sharePoint;
  if (path === '' || path === '/') {
    if (method === 'POST') return createTask(await request.body(), books, tenantId, nowMs);
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
    return shown(request, books, tasks.latest(tenantId, lookup.keyOf(value)), value);
  }
  const [, inSegment, inKey, action = ''] =
    /^(?:\/([^/()]+)|\('([^']*)'\))(?:\/(?:microsoft\.graph\.)?([^/]+))?\/?$/i.exec(path) ?? [];
  const id = inSegment ?? inKey;
  if (id === undefined) throw unknownSegment(path.split('/').at(-1) ?? '');
  const record = tasks.find(tenantId, id);
  if (action === '') {
    if (method === 'GET') return shown(request, books, record, id);
    throw undocumented(
      method === 'PATCH' || method === 'DELETE' ? switches.undocumentedStatus : 405,
    );
  }
  if (action.toLowerCase() !== 'cancel') throw unknownSegment(action);
  if (method !== 'POST') throw undocumented(405);
  return cancelTask(books, record, id, nowMs);
}

function shown(
  { url, nowMs }: SharePointRequest,
  { tasks, scenario }: TaskBooks,
  record: TaskRecord | undefined,
  name: string,
): GraphAnswer {
  if (scenario.sharePoint.switches.noTrust) throw refusals.noTrust();
  if (record === undefined) throw refusals.unknownTask(name);
  return {
    status: 200,
    body: selected(
      { '@odata.context': taskContext, ...taskBody(tasks, scenario, record, nowMs) },
      url,
      'sharePointMigrationTask',
      members,
    ),
  };
}

/** Graph: cancel task, before it has started. */
function cancelTask(
  { tasks, scenario }: TaskBooks,
  record: TaskRecord | undefined,
  id: string,
  nowMs: number,
): GraphAnswer {
  if (scenario.sharePoint.switches.noTrust) throw refusals.noTrust();
  if (record === undefined) throw refusals.unknownTask(id);
  if (tasks.step(record, nowMs).status !== 'notStarted') throw refusals.tooLateToCancel(id);
  tasks.add({ kind: 'cancelled', id: record.task.id, atMs: nowMs });
  return { status: 204, effect: `cancelTask ${record.task.id}` };
}
