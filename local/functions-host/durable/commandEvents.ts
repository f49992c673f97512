import { randomUUID } from 'node:crypto';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance, Outgoing } from './instance.ts';
import type { Command } from './walk.ts';
import { UnsupportedActionError } from './walkNode.ts';

type ChildCommand = Extract<Command, { kind: 'child' }>;

/** The event that records in history what an orchestrator asked for. */
export function scheduledEvent(
  command: Command,
  instance: Instance,
  Timestamp: string,
  defaultVersion: string,
): HistoryEvent {
  switch (command.kind) {
    case 'task':
      return {
        EventType: eventTypes.taskScheduled,
        EventId: command.id,
        Timestamp,
        Name: command.name,
        Version: '',
        Input: JSON.stringify([command.input ?? null]),
      };
    case 'timer':
      return {
        EventType: eventTypes.timerCreated,
        EventId: command.id,
        Timestamp,
        FireAt: command.fireAt,
      };
    case 'child':
      return {
        EventType: eventTypes.subOrchestrationCreated,
        EventId: command.id,
        Timestamp,
        Name: command.name,
        Version: command.version ?? defaultVersion,
        InstanceId: childId(command, instance),
        Input: inputText(command),
      };
  }
}

/**
 * The message that starts a sub-orchestration.
 * @throws UnsupportedActionError when its id is that of its parent or grandparent or an entity's
 */
export function childStart(
  command: ChildCommand,
  instance: Instance,
  atMs: number,
  defaultVersion: string,
): Outgoing {
  const instanceId = childId(command, instance);
  const taken = [instance.instanceId, instance.parent?.instanceId].map((id) => id?.toLowerCase());
  if (taken.includes(instanceId.toLowerCase()) || instanceId.startsWith('@')) {
    throw new UnsupportedActionError(
      `The sub-orchestration's instance id '${instanceId}' must differ from its parent's and grandparent's and must not start with @.`,
    );
  }
  return {
    kind: 'start',
    atMs,
    start: {
      instanceId,
      executionId: newExecutionId(),
      name: command.name,
      version: command.version ?? defaultVersion,
      input: inputText(command),
      parent: {
        instanceId: instance.instanceId,
        executionId: instance.executionId,
        taskScheduledId: command.id,
        name: instance.name,
      },
    },
  };
}

export function newExecutionId(): string {
  return randomUUID().replaceAll('-', '');
}

function childId(command: ChildCommand, instance: Instance): string {
  return command.instanceId ?? `${instance.executionId}:${String(command.id)}`;
}

function inputText({ input }: ChildCommand): string | null {
  return input === undefined ? null : JSON.stringify(input);
}
