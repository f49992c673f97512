import { SteppedClock } from '../../../local/clock/steppedClock.ts';
import { createEmulator, type Emulator, type Interference } from '../../../local/graph/createEmulator.ts';
import { scenarioSchema } from '../../../local/graph/scenario.ts';
import { z } from 'zod';

export const startMs = Date.parse('2026-11-20T08:00:00Z');
export const base = 'http://graph.test';
export const targetTenantId = '99999999-8888-7777-6666-555555555555';
export const sourceTenantId = '11111111-2222-3333-4444-555555555555';
export const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
}

const bodySchema = z.record(z.string(), z.unknown());

/** The emulator on a stepped clock, called as any client would, with a good token unless told otherwise. */
export class EmulatorUnderTest {
  readonly clock: SteppedClock;
  readonly emulator: Emulator;
  #names = 0;

  constructor(scenario: z.input<typeof scenarioSchema> = {}, options: { readonly clock?: SteppedClock; readonly dataDir?: string; readonly interference?: Interference } = {}) {
    const { clock = new SteppedClock(startMs), ...rest } = options;
    this.clock = clock;
    this.emulator = createEmulator({ scenario: scenarioSchema.parse(scenario), clock, ...rest });
  }

  async token(clientId = user(0), tenantId = targetTenantId): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: 'x', scope: `${base}/.default` });
    const answer = await this.emulator.fetch(new Request(`${base}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body }));
    return z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
  }

  async call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    const url = path.startsWith('http') ? path : `${base}/v1.0/solutions/migrations/crossTenantMigrationJobs${path}`;
    const sent = headers ?? { authorization: `Bearer ${await this.token()}` };
    const response = await this.emulator.fetch(
      new Request(url, { method, headers: { 'content-type': 'application/json', ...sent }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    );
    const text = await response.text();
    const parsed = bodySchema.safeParse(text.startsWith('{') ? JSON.parse(text) : {});
    return { status: response.status, headers: response.headers, body: parsed.data ?? {}, text };
  }

  jobBody(changes: object = {}): object {
    this.#names += 1;
    return {
      displayName: `job-${String(this.#names)}`,
      completeAfterDateTime: new Date(this.clock.now() + 3_600_000).toISOString(),
      sourceTenantId,
      exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
      resourceType: 'Users',
      workloads: ['Teams', 'Exchange', 'ODSP', 'Meeting'],
      resources: [user(1), user(2)],
      ...changes,
    };
  }

  /** Creates a job and returns its id. */
  async create(changes: object = {}): Promise<string> {
    const answer = await this.call('POST', '', this.jobBody(changes));
    if (answer.status !== 201) throw new Error(`create answered ${String(answer.status)} ${answer.text}`);
    return String(answer.body['id']);
  }

  async status(id: string): Promise<string> {
    const answer = await this.call('GET', `/${id}`);
    return answer.status === 200 ? String(answer.body['status']) : String(answer.status);
  }

  /** Moves the clock in steps of a minute until the job has the status; throws after 60 days. */
  async until(id: string, status: string): Promise<void> {
    for (let minutes = 0; minutes < 60 * 24 * 60; minutes += 1) {
      if ((await this.status(id)) === status) return;
      this.clock.advance(60_000);
    }
    throw new Error(`the job never became ${status}; it is ${await this.status(id)}`);
  }

  /** Takes a new job to validatePassed. */
  async validated(changes: object = {}): Promise<string> {
    const id = await this.create(changes);
    await this.call('POST', `/${id}/validate`);
    await this.until(id, 'validatePassed');
    return id;
  }

  async users(id: string): Promise<{ id: string; currentStatus: { service: string; status: string; errors: { code: string }[] }[] }[]> {
    const schema = z.object({
      value: z.array(
        z.looseObject({ id: z.string(), currentStatus: z.array(z.looseObject({ service: z.string(), status: z.string(), errors: z.array(z.looseObject({ code: z.string() })) })) }),
      ),
    });
    return schema.parse((await this.call('GET', `/${id}/users`)).body).value;
  }
}

/** The most specific code of a refusal. */
export function codesOf({ body }: Answer): string[] {
  const { error } = z.object({ error: z.object({ code: z.string(), details: z.array(z.object({ code: z.string() })).default([]) }) }).parse(body);
  return [error.code, ...error.details.map(({ code }) => code)];
}
