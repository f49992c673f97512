import { setTimeout as sleep } from 'node:timers/promises';
import { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { ApiClient, type ApiFetch } from '../../../local/demo/apiClient.ts';
import type { TestStack } from '../testStack.ts';
import { documentedFetch } from '../documentedFetch.ts';

const pauseMs = 60;
const migrationListSchema = z.object({
  value: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  nextLink: z.url().optional(),
});

/** An answer that the app gave in full. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Talks to an app that may be gone at any moment: what was not answered is sent again, as any careful caller does. */
export class PatientClient {
  readonly #running: TestStack;
  readonly #fetch: ApiFetch;
  readonly api: ApiClient;
  /** How many requests had to be sent again. */
  repeats = 0;

  constructor(running: TestStack) {
    this.#running = running;
    this.#fetch = documentedFetch(running.stack.apiUrl, (url, init) => this.#reach(url, init));
    this.api = new ApiClient(running.stack.apiUrl, this.#fetch);
  }

  /** `POST`; `path` comes after `/api/`. The key makes the repetition of what may have been taken harmless. */
  async post(path: string, body: object, key?: string): Promise<Answer> {
    const answer = await this.#fetch(`${this.#running.stack.apiUrl}/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Puts a text into the queue `migration-requests`, in base64, as queue output bindings write it. */
  async enqueue(text: string): Promise<void> {
    await new QueueClient(this.#running.stack.connectionString, 'migration-requests').sendMessage(
      Buffer.from(text).toString('base64'),
    );
  }

  /** The ids of all migrations of this name. */
  async idsByName(name: string): Promise<string[]> {
    const ids: string[] = [];
    for (
      let url: string | undefined = `${this.#running.stack.apiUrl}/migrations?pageSize=200`;
      url !== undefined;
    ) {
      const page: z.infer<typeof migrationListSchema> = migrationListSchema.parse(
        await (await this.#fetch(url)).json(),
      );
      ids.push(...page.value.filter((migration) => migration.name === name).map(({ id }) => id));
      url = page.nextLink;
    }
    return ids;
  }

  async #reach(url: string, init?: RequestInit): Promise<Response> {
    for (;;) {
      try {
        const answer = await fetch(url, init);
        const text = await answer.text();
        // A host that still starts says 503; one whose storage is gone cannot but fail.
        if (answer.status < 500)
          return new Response(text === '' ? null : text, {
            status: answer.status,
            headers: answer.headers,
          });
      } catch (error) {
        // fetch's own word for a connection that is refused or breaks off.
        if (!(error instanceof TypeError)) throw error;
      }
      this.repeats += 1;
      await sleep(pauseMs);
    }
  }
}
