import type { GraphResponse } from '../graphResponse.ts';
import type { JobStore } from '../jobs/jobStore.ts';
import type { Permission, Scenario } from '../scenario.ts';
import { type Caller, requirePermission } from '../tokens.ts';
import { decodedPath, undocumented, unknownSegment } from './urlParts.ts';
import type { SharePointStores } from './createTask.ts';
import { handleMappings } from './mappingOperations.ts';
import { groupMappings, MappingStore, userMappings } from './mappingStore.ts';
import { MigrationQueue } from './migrationQueue.ts';
import { taskBody } from './taskBody.ts';
import { TaskStore } from './taskStore.ts';
import { handleTasks } from './taskOperations.ts';

const read: Permission = 'SharePointCrossTenantMigration.Read.All';
const manage: Permission = 'SharePointCrossTenantMigration.Manage.All';

/** A request under `/solutions/sharePoint` whose token has been checked. */
export interface SharePointCall {
  readonly method: string;
  readonly url: URL;
  readonly caller: Caller;
  readonly nowMs: number;
  readonly body: () => Promise<unknown>;
}

/** The SharePoint tasks and identity mappings of the emulated tenants. */
export class SharePointService {
  readonly #scenario: Scenario;
  readonly #stores: SharePointStores;

  constructor(scenario: Scenario, jobs: JobStore, dataDir?: string) {
    const tasks = new TaskStore(scenario, dataDir);
    this.#scenario = scenario;
    this.#stores = {
      scenario,
      tasks,
      mappings: new MappingStore(dataDir),
      queue: new MigrationQueue(scenario, tasks, jobs),
      newId: jobs.newId,
    };
  }

  get queue(): MigrationQueue {
    return this.#stores.queue;
  }

  /** The store of the tasks, for a caller that also reads it directly. */
  get taskStore(): TaskStore {
    return this.#stores.tasks;
  }

  /** Returns true for a URL that this service handles. */
  serves({ pathname }: URL): boolean {
    return /^\/(?:v1\.0|beta)\/solutions\/sharePoint(?:\/|$)/i.test(pathname);
  }

  /** Checks the permission for a request and executes its operation. Throws a GraphError. */
  async handle(call: SharePointCall): Promise<GraphResponse> {
    const { method, url, caller, nowMs, body } = call;
    const [, version = '', rest = ''] =
      /^\/(v1\.0|beta)\/solutions\/sharePoint([^]*)$/i.exec(decodedPath(url.pathname)) ?? [];
    // Only beta has this API.
    if (version.toLowerCase() !== 'beta') throw unknownSegment('sharePoint');
    const [, collection, path = ''] = /^\/migrations(?:\/(\w+)([/(][^]*)?)?\/?$/i.exec(rest) ?? [];
    const anyOf = this.#permissions(method);
    const request = { method, path, url, tenantId: caller.tenantId, nowMs, body };
    switch (collection?.toLowerCase()) {
      case 'crossorganizationmigrationtasks':
        requirePermission(caller, {
          tenantIds: this.#scenario.sourceTenantIds,
          elsewhere: 'SharePoint migration tasks are managed in the source tenant only.',
          anyOf,
        });
        return handleTasks(request, this.#stores);
      case 'crossorganizationusermappings':
      case 'crossorganizationgroupmappings': {
        requirePermission(caller, {
          tenantIds: [this.#scenario.targetTenantId],
          elsewhere: 'Identity mappings are managed in the target tenant only.',
          anyOf,
        });
        const kind =
          collection.toLowerCase() === 'crossorganizationusermappings'
            ? userMappings
            : groupMappings;
        return handleMappings(kind, request, this.#stores.mappings, this.#scenario.sharePoint);
      }
      default:
        if (/^\/migrations\/?$/i.test(rest))
          throw undocumented(this.#scenario.sharePoint.switches.undocumentedStatus);
        throw unknownSegment(
          rest
            .split(/[/(]/)
            .find((segment) => segment !== '' && segment.toLowerCase() !== 'migrations') ?? '',
        );
    }
  }

  /** Returns every task that was ever created, newest first. */
  tasks(nowMs: number): object[] {
    const { tasks } = this.#stores;
    return tasks.all().map((record) => ({
      ...taskBody(tasks, this.#scenario, record, nowMs),
      sourceTenantId: record.task.sourceTenantId,
    }));
  }

  #permissions(method: string): readonly Permission[] {
    if (method !== 'GET') return [manage];
    return this.#scenario.sharePoint.switches.manageAlsoReads ? [read, manage] : [read];
  }
}
