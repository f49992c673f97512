import type { GraphAnswer } from '../graphAnswer.ts';
import type { JobBook } from '../jobBook.ts';
import type { Scenario } from '../scenario.ts';
import { type Caller, permit } from '../tokens.ts';
import type { Permission } from '../values.ts';
import { decodedPath, undocumented, unknownSegment } from './address.ts';
import type { TaskBooks } from './createTask.ts';
import { answerMappings } from './mappingOperations.ts';
import { groupMappings, MappingBook, userMappings } from './mappings.ts';
import { MoveQueue } from './moveQueue.ts';
import { taskBody } from './taskBody.ts';
import { TaskBook } from './taskBook.ts';
import { answerTasks } from './taskOperations.ts';

const read: Permission = 'SharePointCrossTenantMigration.Read.All';
const manage: Permission = 'SharePointCrossTenantMigration.Manage.All';

/** A request somewhere under `/solutions/sharePoint`, its token checked. */
export interface SharePointCall {
  readonly method: string;
  readonly url: URL;
  readonly caller: Caller;
  readonly nowMs: number;
  readonly body: () => Promise<unknown>;
}

/** The SharePoint tasks and identity maps of the emulated tenants. */
export class SharePointSide {
  readonly #scenario: Scenario;
  readonly #books: TaskBooks;

  constructor(scenario: Scenario, jobs: JobBook, dataDir?: string) {
    const tasks = new TaskBook(scenario, dataDir);
    this.#scenario = scenario;
    this.#books = {
      scenario,
      tasks,
      mappings: new MappingBook(dataDir),
      queue: new MoveQueue(scenario, tasks, jobs),
      newId: jobs.newId,
    };
  }

  get queue(): MoveQueue {
    return this.#books.queue;
  }

  /** The tasks as they are kept, for a caller who looks at them from outside. */
  get book(): TaskBook {
    return this.#books.tasks;
  }

  /** True for an address that is answered here. */
  serves({ pathname }: URL): boolean {
    return /^\/(?:v1\.0|beta)\/solutions\/sharePoint(?:\/|$)/i.test(pathname);
  }

  /** Finds the operation of a request, asks for its permission and carries it out. Throws a GraphRefusal. */
  async answer(call: SharePointCall): Promise<GraphAnswer> {
    const { method, url, caller, nowMs, body } = call;
    const [, version = '', rest = ''] =
      /^\/(v1\.0|beta)\/solutions\/sharePoint([^]*)$/i.exec(decodedPath(url.pathname)) ?? [];
    // Only beta has this part of the model.
    if (version.toLowerCase() !== 'beta') throw unknownSegment('sharePoint');
    const [, collection, path = ''] = /^\/migrations(?:\/(\w+)([/(][^]*)?)?\/?$/i.exec(rest) ?? [];
    const permission = this.#permission(method);
    const request = { method, path, url, tenantId: caller.tenantId, nowMs, body };
    switch (collection?.toLowerCase()) {
      case 'crossorganizationmigrationtasks':
        permit(caller, {
          tenantIds: this.#scenario.sourceTenantIds,
          elsewhere: 'SharePoint migration tasks are managed in the source tenant only.',
          anyOf: permission,
        });
        return answerTasks(request, this.#books);
      case 'crossorganizationusermappings':
      case 'crossorganizationgroupmappings': {
        permit(caller, {
          tenantIds: [this.#scenario.targetTenantId],
          elsewhere: 'Identity mappings are managed in the target tenant only.',
          anyOf: permission,
        });
        const kind =
          collection.toLowerCase() === 'crossorganizationusermappings'
            ? userMappings
            : groupMappings;
        return answerMappings(kind, request, this.#books.mappings, this.#scenario.sharePoint);
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

  /** Every task there ever was, newest first. */
  tasks(nowMs: number): object[] {
    const { tasks } = this.#books;
    return tasks.all().map((record) => ({
      ...taskBody(tasks, this.#scenario, record, nowMs),
      sourceTenantId: record.task.sourceTenantId,
    }));
  }

  #permission(method: string): readonly Permission[] {
    if (method !== 'GET') return [manage];
    return this.#scenario.sharePoint.switches.manageAlsoReads ? [read, manage] : [read];
  }
}
