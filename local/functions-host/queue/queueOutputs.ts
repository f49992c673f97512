import { type QueueClient, RestError } from '@azure/storage-queue';
import { bindingData, resolveExpressions } from '../invocation/bindingExpressions.ts';
import type { Binding, Invocation, TypedData } from '../invocation/invocation.ts';
import { type QueueSettings, resolveText } from '../settings/hostJson.ts';
import type { Registration } from '../worker/appWorker.ts';
import type { InvocationResult } from '../worker/runInvocation.ts';
import type { QueueClients } from './queueClients.ts';
import { encodeMessage, queueMessages } from './queueMessages.ts';

interface QueueOutputOptions {
  readonly clients: QueueClients;
  readonly environment: NodeJS.ProcessEnv;
  readonly encoding: QueueSettings['messageEncoding'];
  /** Called with the URL of a queue after a message was sent to it. */
  readonly onSent: (queueUrl: string) => void;
}

/** Sends the queue outputs of functions. */
export class QueueOutputs {
  readonly #options: QueueOutputOptions;

  constructor(options: QueueOutputOptions) {
    this.#options = options;
  }

  /**
   * Sends the queue outputs of one invocation. Missing queues are created. Rejects when a message
   * cannot be sent.
   */
  readonly write = async (
    { registered }: Registration,
    invocation: Invocation,
    result: InvocationResult,
  ): Promise<void> => {
    for (const [name, binding] of Object.entries(registered.bindings)) {
      if (binding.direction !== 'out' || binding.type.toLowerCase() !== 'queue') continue;
      const data =
        name === '$return'
          ? result.returnValue
          : result.outputData.find((output) => output.name === name)?.data;
      if (data === null || data === undefined) continue;
      const queue = this.#queue(binding, `function '${registered.name}'`, invocation);
      for (const message of queueMessages(data)) await this.#send(queue, message);
    }
  };

  #queue(binding: Binding, owner: string, invocation: Invocation): QueueClient {
    const { clients, environment } = this.#options;
    const name = resolveExpressions(
      resolveText(String(binding['queueName']), environment, owner),
      bindingData(triggerData(invocation), invocation.triggerMetadata),
    );
    return clients.of(binding['connection'], owner).getQueueClient(name);
  }

  async #send(queue: QueueClient, message: Buffer): Promise<void> {
    const text = encodeMessage(message, this.#options.encoding);
    try {
      await queue.sendMessage(text);
    } catch (error) {
      if (!(error instanceof RestError) || error.statusCode !== 404) throw error;
      await queue.createIfNotExists();
      await queue.sendMessage(text);
    }
    this.#options.onSent(queue.url);
  }
}

function triggerData(invocation: Invocation): TypedData {
  return invocation.inputData[0]?.data ?? {};
}
