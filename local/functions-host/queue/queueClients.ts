import { QueueServiceClient } from '@azure/storage-queue';
import { HostStartError } from '../errors.ts';

/** The clients of the queue services that the app's bindings name, one for each connection. */
export class QueueClients {
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clients = new Map<string, QueueServiceClient>();

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /**
   * Returns the client of the connection that a binding names: the setting with that name, or with
   * `AzureWebJobs` before it.
   * @param owner the function of the binding, for the error message
   * @throws HostStartError when the setting is missing or is not a connection string
   */
  of(connection: unknown, owner: string): QueueServiceClient {
    const name =
      typeof connection === 'string' && connection !== '' ? connection : 'AzureWebJobsStorage';
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    const client = this.#open(name, owner);
    this.#clients.set(name, client);
    return client;
  }

  #open(name: string, owner: string): QueueServiceClient {
    const text = this.#environment[name] ?? this.#environment[`AzureWebJobs${name}`];
    if (text === undefined || text === '') {
      const identity = Object.keys(this.#environment).some((setting) =>
        setting.startsWith(`${name}__`),
      );
      throw new HostStartError(
        identity
          ? `${owner}: the connection '${name}' is identity-based (${name}__…), and this host supports connection strings only: set ${name} to one, such as UseDevelopmentStorage=true`
          : `${owner}: the setting ${name} is missing: set it to a storage connection string, such as UseDevelopmentStorage=true`,
      );
    }
    try {
      // Few and short tries: the listener itself repeats a failed call without limit and logs the
      // outage.
      return QueueServiceClient.fromConnectionString(text, {
        retryOptions: {
          maxTries: 3,
          retryDelayInMs: 100,
          maxRetryDelayInMs: 1000,
          tryTimeoutInMs: 15_000,
        },
      });
    } catch (error) {
      throw new HostStartError(`${owner}: the setting ${name} is not a storage connection string`, {
        cause: error,
      });
    }
  }
}

/** Returns whether the storage service accepts a queue name. */
function isQueueName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/.test(name);
}

/**
 * Returns the name of a queue.
 * @throws HostStartError with the rule for queue names when it is not valid
 */
export function checkQueueName(name: unknown, owner: string): string {
  if (typeof name === 'string' && isQueueName(name)) return name;
  throw new HostStartError(
    `${owner}: '${String(name)}' is not a queue name: use 3 to 63 lower-case letters, digits and single hyphens`,
  );
}

const suffix = '-poison';
const maxNameLength = 63;

/**
 * Returns the name of a queue's poison queue; undefined for a poison queue and where the name would
 * be too long.
 */
export function poisonQueueName(queueName: string): string | undefined {
  const name = `${queueName}${suffix}`;
  return queueName.endsWith(suffix) || name.length > maxNameLength ? undefined : name;
}
