import { type QueueClient, RestError } from '@azure/storage-queue';
import { bindingData, resolveExpressions } from '../invocation/bindingExpressions.ts';
import type { Binding, Invocation, TypedData } from '../invocation/invocation.ts';
import { type QueueSettings, resolveText } from '../settings/hostJson.ts';
import type { Registration } from '../worker/appWorker.ts';
import type { WorkerAnswer } from '../worker/runInvocation.ts';
import type { QueueClients } from './clients.ts';
import { encodeMessage, queueMessages } from './messages.ts';

interface QueueOutputOptions {
  readonly clients: QueueClients;
  readonly environment: NodeJS.ProcessEnv;
  readonly encoding: QueueSettings['messageEncoding'];
  /** Called with the queue's URL after a message was put into it. */
  readonly onSent: (queueUrl: string) => void;
}

/** Writes the queue outputs of invocations. */
export class QueueOutputs {
  readonly #options: QueueOutputOptions;

  constructor(options: QueueOutputOptions) {
    this.#options = options;
  }

  /** Sends what the function set for its queue outputs; queues are created when missing. Rejects when one cannot be sent. */
  readonly write = async (
    { registered }: Registration,
    invocation: Invocation,
    answer: WorkerAnswer,
  ): Promise<void> => {
    for (const [name, binding] of Object.entries(registered.bindings)) {
      if (binding.direction !== 'out' || binding.type.toLowerCase() !== 'queue') continue;
      const data =
        name === '$return'
          ? answer.returnValue
          : answer.outputData.find((output) => output.name === name)?.data;
      if (data === null || data === undefined) continue;
      const queue = this.#queue(binding, `function '${registered.name}'`, invocation);
      for (const message of queueMessages(data)) await this.#send(queue, message);
    }
  };

  #queue(binding: Binding, user: string, invocation: Invocation): QueueClient {
    const { clients, environment } = this.#options;
    const name = resolveExpressions(
      resolveText(String(binding['queueName']), environment, user),
      bindingData(triggerData(invocation), invocation.triggerMetadata),
    );
    return clients.of(binding['connection'], user).getQueueClient(name);
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
