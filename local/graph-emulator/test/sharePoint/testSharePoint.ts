import { z } from 'zod';
import type { SteppedClock } from '../../../clock/steppedClock.ts';
import {
  minute,
  type Reply,
  sourceTenantId,
  startMs,
  targetTenantId,
  TestGraph,
} from '../testGraph.ts';

export const rootPath = '/beta/solutions/sharePoint/migrations';
export const tasksPath = `${rootPath}/crossOrganizationMigrationTasks`;
export const userMapPath = `${rootPath}/crossOrganizationUserMappings`;
export const groupMapPath = `${rootPath}/crossOrganizationGroupMappings`;
export const anyClient = 'cccccccc-0000-4000-8000-000000000001';

/** Ten minutes in the queue, an hour of migration, an update every fifteen minutes. */
const timings = {
  queue: { min: 600, max: 600 },
  migration: { min: 3_600, max: 3_600 },
  heartbeat: 900,
};

const taskSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  startedDateTime: z.string().optional(),
  lastUpdatedDateTime: z.string(),
  finishedDateTime: z.string().optional(),
  error: z
    .strictObject({ code: z.string(), message: z.string(), target: z.string().optional() })
    .optional(),
  parameters: z.looseObject({}),
});
const errorSchema = z.looseObject({
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    details: z
      .array(
        z.strictObject({ code: z.string(), message: z.string(), target: z.string().optional() }),
      )
      .optional(),
  }),
});
export type ShownTask = z.infer<typeof taskSchema>;

type Parameters = Readonly<Record<string, unknown>>;

export function userParameters(name = 'lee', changes: Parameters = {}): Record<string, unknown> {
  return {
    '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
    targetOrganizationHost: 'https://fabrikam-my.sharepoint.com',
    sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` },
    targetUserIdentity: { userPrincipalName: `${name}@fabrikam.com` },
    ...changes,
  };
}

export function groupParameters(name = 'sales', changes: Parameters = {}): Record<string, unknown> {
  return {
    '@odata.type': '#microsoft.graph.sharePointGroupMigrationTaskParameters',
    targetOrganizationHost: 'https://fabrikam-my.sharepoint.com',
    sourceGroupIdentity: { mailNickname: name },
    targetGroupIdentity: { mailNickname: name },
    ...changes,
  };
}

export function siteParameters(name = 'IT', changes: Parameters = {}): Record<string, unknown> {
  return {
    '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
    targetOrganizationHost: 'https://fabrikam-my.sharepoint.com',
    sourceSiteUrl: `https://contoso.sharepoint.com/sites/${name}`,
    targetSiteUrl: `https://fabrikam.sharepoint.com/sites/${name}`,
    ...changes,
  };
}

/** A client of the SharePoint operations for tests. It uses the tenant to which an operation belongs. */
export class TestSharePoint {
  readonly graph: TestGraph;

  constructor({
    sharePoint = {},
    scenario = {},
    ...options
  }: {
    sharePoint?: Record<string, unknown>;
    scenario?: Record<string, unknown>;
    clock?: SteppedClock;
    dataDir?: string;
    faults?: unknown;
  } = {}) {
    this.graph = new TestGraph({
      ...options,
      scenario: { ...scenario, sharePoint: { timings, ...sharePoint } },
    });
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    who: { readonly tenantId?: string; readonly clientId?: string } = {},
  ): Promise<Reply> {
    const tenantId = who.tenantId ?? (/Mappings/i.test(path) ? targetTenantId : sourceTenantId);
    return this.graph.call(method, path, body, {
      authorization: `Bearer ${await this.graph.token(who.clientId ?? anyClient, tenantId)}`,
    });
  }

  /** A read of the tasks: `path` after their collection. */
  get(path: string): Promise<Reply> {
    return this.call('GET', `${tasksPath}${path}`);
  }

  create(parameters: Parameters): Promise<Reply> {
    return this.call('POST', tasksPath, { parameters });
  }

  /** Creates a task, which must succeed, and returns its id. */
  async created(parameters: Parameters = userParameters()): Promise<string> {
    const reply = await this.create(parameters);
    if (reply.status !== 200) throw new Error(`the task was not created: ${reply.text}`);
    return taskSchema.parse(reply.body).id;
  }

  cancel(id: string): Promise<Reply> {
    return this.call('POST', `${tasksPath}/${id}/cancel`);
  }

  async task(id: string): Promise<ShownTask> {
    return taskSchema.parse((await this.get(`/${id}`)).body);
  }

  async status(id: string): Promise<string> {
    return (await this.task(id)).status;
  }

  advance(minutes: number): void {
    this.graph.clock.advance(minutes * minute);
  }

  patchUsers(...value: unknown[]): Promise<Reply> {
    return this.call('PATCH', userMapPath, { '@context': '#$delta', value });
  }
}

/** Returns the id in a response. */
export function idOf(reply: Reply): string {
  return z.looseObject({ id: z.string() }).parse(reply.body).id;
}

/** Minutes from the start of a test as an instant. */
export function after(minutes: number): string {
  return new Date(startMs + minutes * minute).toISOString();
}

/** The status of a refusal and all its codes. */
export function refusalOf(reply: Reply): (string | number)[] {
  const { error } = errorSchema.parse(reply.body);
  return [
    reply.status,
    error.code,
    ...(error.details ?? []).flatMap(({ code, target }) =>
      target === undefined ? [code] : [code, target],
    ),
  ];
}

export function userMapping(name = 'lee', changes: Parameters = {}): Record<string, unknown> {
  return {
    sourceOrganizationId: sourceTenantId,
    userType: 'regularUser',
    sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` },
    targetUserIdentity: { userPrincipalName: `${name}@fabrikam.com` },
    targetUserMigrationData: { email: `${name}@fabrikam.com` },
    ...changes,
  };
}

export function removal(name = 'lee'): Record<string, unknown> {
  return {
    '@removed': { reason: 'deleted' },
    sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` },
  };
}
