import { z } from 'zod';
import { batchSchema, migrationSchema } from '../../shared/contracts/migration.ts';
import { type Task, taskSchema } from '../../shared/contracts/task.ts';

const acceptedSchema = z.object({ id: z.string() });
const listSchema = z.object({ value: z.array(migrationSchema) });
const detailSchema = migrationSchema.extend({ batches: z.array(batchSchema) });
const taskPageSchema = z.object({ value: z.array(taskSchema), nextLink: z.string().optional() });

/** A migration as `GET /migrations/{id}` answers it. */
export type MigrationDetail = z.infer<typeof detailSchema>;

/** The app answered with something else than was to be expected. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

/** What the demo asks of the app, over HTTP as any caller would. `apiUrl` ends in `/api`; all throw an ApiError. */
export class ApiClient {
  readonly #apiUrl: string;

  constructor(apiUrl: string) {
    this.#apiUrl = apiUrl;
  }

  /** Sends a request as it stands; returns the migration's id. */
  async postMigration(requestText: string): Promise<string> {
    const response = await fetch(`${this.#apiUrl}/migrations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: requestText,
    });
    return acceptedSchema.parse(await jsonOf(response, 202)).id;
  }

  /** The id of the migration of this name, undefined while there is none. */
  async findByName(name: string): Promise<string | undefined> {
    const { value } = listSchema.parse(await this.#get(`${this.#apiUrl}/migrations`));
    return value.find((migration) => migration.name === name)?.id;
  }

  async migration(id: string): Promise<MigrationDetail> {
    return detailSchema.parse(await this.#get(`${this.#apiUrl}/migrations/${id}`));
  }

  /** All tasks of a migration, page by page. */
  async tasks(id: string): Promise<Task[]> {
    const tasks: Task[] = [];
    let next: string | undefined = `${this.#apiUrl}/migrations/${id}/tasks?pageSize=500`;
    while (next !== undefined) {
      const page: z.infer<typeof taskPageSchema> = taskPageSchema.parse(await this.#get(next));
      tasks.push(...page.value);
      next = page.nextLink;
    }
    return tasks;
  }

  async #get(url: string): Promise<unknown> {
    return jsonOf(await fetch(url), 200);
  }
}

async function jsonOf(response: Response, expected: number): Promise<unknown> {
  const text = await response.text();
  if (response.status !== expected) throw new ApiError(`${response.url} answered ${String(response.status)}: ${text}`);
  return JSON.parse(text);
}
