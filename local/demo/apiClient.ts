import { z } from 'zod';
import {
  type CommandList,
  commandListSchema,
  type ListedTask,
  listedTaskSchema,
  type MigrationDetail,
  migrationDetailSchema,
} from '../../shared/contracts/responses.ts';
import { migrationSchema } from '../../shared/contracts/migration.ts';

const acceptedSchema = z.object({ id: z.string() });
const listSchema = z.object({ value: z.array(migrationSchema) });
const taskPageSchema = z.object({
  value: z.array(listedTaskSchema),
  nextLink: z.string().optional(),
});

export type { MigrationDetail };

/** The app returned an unexpected status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

/** The function that sends requests: the platform's `fetch`, or one that also checks responses. */
export type ApiFetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Calls the HTTP API of the app. `apiUrl` ends in `/api`. Every method throws an ApiError for an unexpected status. */
export class ApiClient {
  readonly #apiUrl: string;
  readonly #fetch: ApiFetch;

  constructor(apiUrl: string, apiFetch: ApiFetch = fetch) {
    this.#apiUrl = apiUrl;
    this.#fetch = apiFetch;
  }

  /** Sends a request unchanged. Returns the id of the migration. */
  async postMigration(requestText: string): Promise<string> {
    const response = await this.#fetch(`${this.#apiUrl}/migrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: requestText,
    });
    return acceptedSchema.parse(await jsonOf(response, 202)).id;
  }

  /** Returns the id of the newest migration with this name; undefined when there is none. */
  async findByName(name: string): Promise<string | undefined> {
    const { value } = listSchema.parse(await this.#get(`${this.#apiUrl}/migrations`));
    return value.find((migration) => migration.name === name)?.id;
  }

  async migration(id: string): Promise<MigrationDetail> {
    return migrationDetailSchema.parse(await this.#get(`${this.#apiUrl}/migrations/${id}`));
  }

  /** Sends a command to a migration: `approve`, `tasks/{taskId}/cancel`, … */
  async command(id: string, path: string, body: object): Promise<void> {
    const response = await this.#fetch(`${this.#apiUrl}/migrations/${id}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await jsonOf(response, 202);
  }

  /** Returns the commands of a migration with their results. */
  async commands(id: string): Promise<CommandList['value']> {
    return commandListSchema.parse(await this.#get(`${this.#apiUrl}/migrations/${id}/commands`))
      .value;
  }

  /** Returns all tasks of a migration. */
  async tasks(id: string): Promise<ListedTask[]> {
    const tasks: ListedTask[] = [];
    let next: string | undefined = `${this.#apiUrl}/migrations/${id}/tasks?pageSize=500`;
    while (next !== undefined) {
      const page: z.infer<typeof taskPageSchema> = taskPageSchema.parse(await this.#get(next));
      tasks.push(...page.value);
      next = page.nextLink;
    }
    return tasks;
  }

  async #get(url: string): Promise<unknown> {
    return jsonOf(await this.#fetch(url), 200);
  }
}

async function jsonOf(response: Response, expected: number): Promise<unknown> {
  const text = await response.text();
  if (response.status !== expected)
    throw new ApiError(`${response.url} returned ${String(response.status)}: ${text}`);
  return JSON.parse(text);
}
