import { QueueServiceClient } from '@azure/storage-queue';
import { HostStartError } from '../errors.ts';

/** The queue services that the app's bindings name, one client per connection. */
export class QueueClients {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clients = new Map<string, QueueServiceClient>();

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /**
   * The client of the connection that a binding names: the setting of that name, or that name after `AzureWebJobs`.
   * @throws HostStartError when the setting is missing or holds no connection string; `user` is who asks for it
   */
  of(connection: unknown, user: string): QueueServiceClient {
    const name =
      typeof connection === 'string' && connection !== '' ? connection : 'AzureWebJobsStorage';
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client = this.#open(name, user);
    this.#clients.set(name, client);
    return client;
  }

  #open(name: string, user: string): QueueServiceClient {
    const text = this.#environment[name] ?? this.#environment[`AzureWebJobs${name}`];
    if (text === undefined || text === '') {
      const identity = Object.keys(this.#environment).some((setting) =>
        setting.startsWith(`${name}__`),
      );
      throw new HostStartError(
        identity
          ? `${user}: the connection '${name}' is identity-based (${name}__…), and this host takes connection strings only: set ${name} to one, such as UseDevelopmentStorage=true`
          : `${user}: the setting ${name} is missing: set it to a storage connection string, such as UseDevelopmentStorage=true`,
      );
    }
    try {
      // Short tries: the listener itself goes on trying for as long as it takes, and says so.
      return QueueServiceClient.fromConnectionString(text, {
        retryOptions: {
          maxTries: 3,
          retryDelayInMs: 100,
          maxRetryDelayInMs: 1000,
          tryTimeoutInMs: 15_000,
        },
      });
    } catch (error) {
      throw new HostStartError(`${user}: the setting ${name} is not a storage connection string`, {
        cause: error,
      });
    }
  }
}

/** Whether storage takes this as the name of a queue. */
function isQueueName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/.test(name);
}

/** Gives the name back, or throws a HostStartError that says what a queue may be called. */
export function checkQueueName(name: unknown, user: string): string {
  if (typeof name === 'string' && isQueueName(name)) return name;
  throw new HostStartError(
    `${user}: '${String(name)}' is not a queue name: use 3 to 63 lower-case letters, digits and single hyphens`,
  );
}

const suffix = '-poison';
const longestName = 63;

/** The name of the queue for what fails at every delivery; undefined for a poison queue itself, which has none, and for a name that would be too long. */
export function poisonQueueName(queueName: string): string | undefined {
  const name = `${queueName}${suffix}`;
  return queueName.endsWith(suffix) || name.length > longestName ? undefined : name;
}
