import { QueueServiceClient } from '@azure/storage-queue';
import { HostStartError } from '../hostStartError.ts';

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
