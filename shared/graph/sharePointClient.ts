import type { TokenCredential } from '@azure/core-auth';
import type { Config } from '../config/config.ts';
import { guidSchema } from '../contracts/ids.ts';
import { graphCall, odataText } from './call.ts';
import { createSend, type PipelineOptions } from './pipeline.ts';
import type { GraphResult } from './result.ts';
import {
  createdTaskSchema,
  groupMappingResponseSchema,
  type MappedIdentity,
  type SharePointClient,
  type SharePointTask,
  sharePointTaskSchema,
  taskIdSchema,
  userMappingResponseSchema,
} from './sharePointTasks.ts';
import type { CallBudget } from './tenant.ts';

export interface SharePointClientOptions extends Omit<
  PipelineOptions,
  'scope' | 'credential' | 'budget'
> {
  readonly config: { readonly graph: Pick<Config['graph'], 'baseUrl'> };
  /** The credential for the source tenant, where tasks run. */
  readonly sourceCredential: TokenCredential;
  /** The credential for the target tenant, where identity mappings are. */
  readonly targetCredential: TokenCredential;
  /** The budget that all clients of the target tenant share. Defaults to a budget of its own. */
  readonly targetBudget?: CallBudget;
}

// Graph accepts no more entries of an identity map in one call.
const maxEntries = 50;

/**
 * Creates the client for Graph's SharePoint operations. Ids are validated and names escaped before
 * they become part of a URL.
 */
export function createSharePointClient({
  config,
  sourceCredential,
  targetCredential,
  targetBudget,
  ...options
}: SharePointClientOptions): SharePointClient {
  const { baseUrl } = config.graph;
  const scope = `${baseUrl}/.default`;
  const source = createSend({ ...options, scope, credential: sourceCredential });
  const target = createSend({
    ...options,
    scope,
    credential: targetCredential,
    ...(targetBudget === undefined ? {} : { budget: targetBudget }),
  });
  const root = `${baseUrl}/beta/solutions/sharePoint/migrations`;
  const tasks = `${root}/crossOrganizationMigrationTasks`;
  const task = (taskId: string): string => `${tasks}/${taskIdSchema.parse(taskId)}`;

  const parseTask = (body: unknown): SharePointTask => sharePointTaskSchema.parse(body);
  const find = (
    name: string,
    parameter: string,
    value: string,
  ): Promise<GraphResult<SharePointTask>> =>
    graphCall(
      source,
      'find SharePoint task',
      'GET',
      `${tasks}/${name}(${parameter}='${odataText(value)}')`,
      parseTask,
    );
  const mapping = (
    set: string,
    key: string,
    value: string,
    parse: (body: unknown) => MappedIdentity,
  ): Promise<GraphResult<MappedIdentity>> =>
    graphCall(
      target,
      'get identity mapping',
      'GET',
      `${root}/${set}(${key}='${odataText(value)}')`,
      parse,
    );
  const patch = async (set: string, entries: readonly object[]): Promise<GraphResult<null>> => {
    let last: GraphResult<null> = { kind: 'done', value: null, requestId: null };
    for (let start = 0; start < entries.length && last.kind === 'done'; start += maxEntries) {
      last = await graphCall(
        target,
        'write identity mappings',
        'PATCH',
        `${root}/${set}`,
        () => null,
        { '@context': '#$delta', value: entries.slice(start, start + maxEntries) },
      );
    }
    return last;
  };

  return {
    createTask: (parameters) =>
      graphCall(
        source,
        'create SharePoint task',
        'POST',
        tasks,
        (body) => createdTaskSchema.parse(body),
        { parameters },
      ),
    getTask: async (taskId) =>
      graphCall(source, 'get SharePoint task', 'GET', task(taskId), parseTask),
    getTaskByUser: (sourcePrincipalName) =>
      find('getBySourceUserPrincipalName', 'sourcePrincipalName', sourcePrincipalName),
    getTaskBySite: (sourceSiteUrl) => find('getBySourceSiteUrl', 'sourceSiteUrl', sourceSiteUrl),
    getTaskByGroup: (sourceGroupMailNickname) =>
      find('getBySourceGroupMailNickname', 'sourceGroupMailNickname', sourceGroupMailNickname),
    cancelTask: async (taskId) =>
      graphCall(source, 'cancel SharePoint task', 'POST', `${task(taskId)}/cancel`, () => null),
    getUserMapping: (sourceUserPrincipalName) =>
      mapping(
        'crossOrganizationUserMappings',
        'sourceUserPrincipalName',
        sourceUserPrincipalName,
        (body) => userMappingResponseSchema.parse(body),
      ),
    getGroupMapping: async (sourceGroupObjectId) =>
      mapping(
        'crossOrganizationGroupMappings',
        'sourceGroupObjectId',
        guidSchema.parse(sourceGroupObjectId),
        (body) => groupMappingResponseSchema.parse(body),
      ),
    patchUserMappings: (entries) => patch('crossOrganizationUserMappings', entries),
    patchGroupMappings: (entries) => patch('crossOrganizationGroupMappings', entries),
    checkAccess: async () => {
      const read = await graphCall(
        source,
        'check access',
        'GET',
        task('00000000-0000-0000-0000-000000000000'),
        () => null,
      );
      return read.kind === 'notFound'
        ? { kind: 'done', value: null, requestId: read.problem.requestId }
        : read;
    },
  };
}
