import { randomUUID } from 'node:crypto';
import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import type { Engine } from './engine.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import { type Instance, isTerminal } from './instance.ts';
import { badArgument, emptyAnswer, failure, textAnswer } from './managementAnswers.ts';
import { isJson, startInstance } from './startInstance.ts';

/** `POST instances/{id}/{verb}`: 202 when the command is on disk, 410 for an instance that has ended, 500 for a wrong state. */
export async function instanceCommand(
  engine: Engine,
  instance: Instance,
  verb: string,
  name: string | undefined,
  request: DurableHttpRequest,
): Promise<DurableHttpResponse> {
  const { instanceId, status } = instance;
  const reason = request.query.get('reason') ?? '';
  const send = async (
    EventType: number,
    members: Partial<HistoryEvent>,
  ): Promise<DurableHttpResponse> => {
    if (isTerminal(status)) return emptyAnswer(410);
    await engine.send({
      kind: 'event',
      to: instanceId,
      event: { EventType, EventId: -1, Timestamp: engine.timestamp(), ...members },
    });
    return emptyAnswer(202);
  };
  switch (verb.toLowerCase()) {
    case 'raiseevent':
      if (name === undefined) return emptyAnswer(404);
      if (isTerminal(status)) return emptyAnswer(410);
      if (request.headers['content-type']?.toLowerCase().startsWith('application/json') !== true)
        return badArgument('Only application/json request content is supported.');
      if (!isJson(request.body)) return badArgument('The request body is not JSON.');
      return send(eventTypes.eventRaised, { Name: name, Input: request.body });
    case 'terminate':
      return send(eventTypes.executionTerminated, { Input: reason });
    case 'suspend':
      return status === 'Suspended'
        ? wrongState(instance, 'suspended')
        : send(eventTypes.executionSuspended, { Reason: reason });
    case 'resume':
      return status === 'Suspended' || isTerminal(status)
        ? send(eventTypes.executionResumed, { Reason: reason })
        : wrongState(instance, 'resumed');
    case 'restart': {
      const isNew = request.query.get('restartWithNewInstanceId')?.toLowerCase() !== 'false';
      if (!isNew && !isTerminal(status)) return wrongState(instance, 'restarted under its own id');
      const id = isNew ? randomUUID().replaceAll('-', '') : instanceId;
      return startInstance(engine, request, {
        functionName: instance.name,
        instanceId: id,
        input: instance.input,
        version: instance.version,
      });
    }
    case 'rewind':
      return textAnswer(
        501,
        'This host cannot rewind an instance. Restart it instead: POST instances/{id}/restart.',
      );
    default:
      return emptyAnswer(404);
  }
}

function wrongState({ status }: Instance, verb: string): DurableHttpResponse {
  return failure(
    500,
    'System.InvalidOperationException',
    `An instance with the status ${status} cannot be ${verb}.`,
  );
}
