import { z } from 'zod';
import { SteppedClock } from '../../clock/steppedClock.ts';
import { createEmulator, type Emulator, type Interference } from '../createEmulator.ts';
import { faultPlanSchema } from '../faults/faultPlan.ts';
import { scenarioSchema } from '../scenario.ts';

export const origin = 'http://graph.test';
export const jobsPath = '/v1.0/solutions/migrations/crossTenantMigrationJobs';
export const targetTenantId = '99999999-8888-7777-6666-555555555555';
export const sourceTenantId = '11111111-2222-3333-4444-555555555555';
export const startMs = Date.parse('2026-11-04T20:00:00Z');
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** The `completeAfterDateTime` of `jobRequest`: two days after the start. */
export const completeAfterMs = startMs + 2 * day;
/** The statuses of a job, each with the time since `migrate`, when no further call is made. */
export const migrationStatuses = [
  ['processing', 0],
  ['inProgress', hour],
  ['cuttingOver', 2 * day + minute],
  ['completed', 3 * day],
] as const;

/** Returns the id of the nth user. */
export function userId(n: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** Ten minutes of validation, five of processing, two hours of sync, one of cutover; a minute to cancel, an hour to delete. */
const timings = {
  validation: { min: 600, max: 600 },
  processing: { min: 300, max: 300 },
  sync: { min: 7_200, max: 7_200 },
  cutover: { min: 3_600, max: 3_600 },
  cancel: { min: 60, max: 60 },
  deletion: { min: 3_600, max: 3_600 },
};

/** Returns the body of a create: a job with the users 1 and 2, due in two days. */
export function jobRequest(
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    displayName: 'wave07-b003',
    completeAfterDateTime: new Date(completeAfterMs).toISOString(),
    sourceTenantId,
    exchangeSettings: {
      sourceEndpoint: 'xt-endpoint',
      targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
    },
    resourceType: 'Users',
    workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
    resources: [userId(1), userId(2)],
    ...changes,
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

const idSchema = z.looseObject({ id: z.string() });
const statusSchema = z.looseObject({ status: z.string() });
const tokenSchema = z.looseObject({ access_token: z.string() });
const errorSchema = z.looseObject({
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    details: z.array(z.looseObject({ code: z.string(), target: z.string() })).optional(),
  }),
});
const collectionSchema = z.looseObject({
  value: z.array(z.looseObject({ id: z.string() })),
  '@odata.nextLink': z.string().optional(),
});
const taskSchema = z.looseObject({
  id: z.string(),
  lastUpdatedDateTime: z.string(),
  currentStatus: z.array(
    z.strictObject({
      service: z.string(),
      status: z.string(),
      message: z.string(),
      errors: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    }),
  ),
});

/** Returns every code and target of an error body. */
export function codesOf(reply: Reply): string[] {
  const { error } = errorSchema.parse(reply.body);
  return [error.code, ...(error.details ?? []).flatMap(({ code, target }) => [code, target])];
}

/** Returns the ids and the link of a page. */
export function pageOf(reply: Reply): {
  readonly ids: string[];
  readonly nextLink: string | undefined;
} {
  const page = collectionSchema.parse(reply.body);
  return { ids: page.value.map(({ id }) => id), nextLink: page['@odata.nextLink'] };
}

/** A Graph client for tests. It gets a token for every call and repeats nothing. */
export class TestGraph {
  readonly clock: SteppedClock;
  readonly emulator: Emulator;
  /** A test can replace it, for example to call the emulator over a socket. */
  fetch: (request: Request) => Promise<Response>;

  constructor(
    options: {
      scenario?: Record<string, unknown>;
      clock?: SteppedClock;
      dataDir?: string;
      interference?: Interference;
      faults?: unknown;
      newId?: () => string;
    } = {},
  ) {
    this.clock = options.clock ?? new SteppedClock(startMs);
    const scenario = scenarioSchema.parse({ timings, ...options.scenario });
    this.emulator = createEmulator({
      scenario,
      clock: this.clock,
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
      ...(options.interference === undefined ? {} : { interference: options.interference }),
      ...(options.newId === undefined ? {} : { newId: options.newId }),
      ...(options.faults === undefined ? {} : { faults: faultPlanSchema.parse(options.faults) }),
    });
    this.fetch = (request) => this.emulator.fetch(request);
  }

  async token(
    clientId = 'cccccccc-0000-4000-8000-000000000001',
    tenantId = targetTenantId,
  ): Promise<string> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: 'any',
      scope: `${origin}/.default`,
    });
    const response = await this.fetch(
      new Request(`${origin}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body }),
    );
    return tokenSchema.parse(await response.json()).access_token;
  }

  /** Sends a call. `path` is the part after the collection of jobs, or a whole URL or path. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const address = path.startsWith('http')
      ? path
      : `${origin}${path.startsWith('/v1.0') || path.startsWith('/beta') || path.startsWith('/_') ? path : `${jobsPath}${path}`}`;
    const content =
      body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await this.fetch(
      new Request(address, {
        method,
        headers: {
          authorization: `Bearer ${await this.token()}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...content,
      }),
    );
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  }

  get(path: string): Promise<Reply> {
    return this.call('GET', path);
  }

  post(path: string, body?: unknown): Promise<Reply> {
    return this.call('POST', path, body);
  }

  /** Creates a job and returns its id. */
  async created(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const reply = await this.post('', jobRequest(changes));
    if (reply.status !== 201) throw new Error(`the job was not created: ${reply.text}`);
    return idSchema.parse(reply.body).id;
  }

  /** Creates a job and advances the clock until its validation has ended. */
  async validated(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = await this.created(changes);
    await this.act(id, 'validate');
    this.clock.advance(10 * minute);
    return id;
  }

  /** Creates a job and starts its migration, ten minutes after the start. */
  async migrating(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = await this.validated(changes);
    await this.act(id, 'migrate');
    return id;
  }

  /** Executes an action that must succeed. */
  async act(id: string, action: string): Promise<Reply> {
    const reply = await this.post(`/${id}/${action}`);
    if (reply.status >= 300) throw new Error(`${action} failed: ${reply.text}`);
    return reply;
  }

  advanceTo(atMs: number): void {
    this.clock.advance(atMs - this.clock.now());
  }

  async status(id: string): Promise<string> {
    return statusSchema.parse((await this.get(`/${id}`)).body).status;
  }

  /** Reads the status of a job every minute until an instant. Returns the different statuses. */
  async statusesUntil(id: string, atMs: number): Promise<string[]> {
    const seen = [await this.status(id)];
    // Thousands of reads: a token for half an hour makes them half as expensive.
    let token = await this.token();
    let renewAtMs = this.clock.now() + hour / 2;
    while (this.clock.now() < atMs) {
      this.clock.advance(Math.min(minute, atMs - this.clock.now()));
      if (this.clock.now() >= renewAtMs) {
        token = await this.token();
        renewAtMs = this.clock.now() + hour / 2;
      }
      const headers = { authorization: `Bearer ${token}` };
      const reply = await this.fetch(new Request(`${origin}${jobsPath}/${id}`, { headers }));
      const { status } = statusSchema.parse(await reply.json());
      if (status !== seen.at(-1)) seen.push(status);
    }
    return seen;
  }

  /** Returns the task of a user. */
  async task(id: string, user: string): Promise<z.infer<typeof taskSchema>> {
    return taskSchema.parse((await this.get(`/${id}/users/${user}`)).body);
  }

  /** Returns the statuses of a user by service. */
  async services(id: string, user: string): Promise<Record<string, string>> {
    const { currentStatus } = await this.task(id, user);
    return Object.fromEntries(currentStatus.map(({ service, status }) => [service, status]));
  }
}

/** Returns every workload with the same status. */
export function all(status: string): Record<string, string> {
  return { Teams: status, Exchange: status, ODSP: status, Meeting: status };
}
