import { randomUUID } from 'node:crypto';
import { type Action, actionTypes } from './action.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance, Outgoing } from './instance.ts';

/** Work that an orchestrator has requested and that its history does not contain yet. */
export type Command =
  | { readonly kind: 'task'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly kind: 'timer'; readonly id: number; readonly fireAt: string }
  | ChildCommand;

interface ChildCommand {
  readonly kind: 'child';
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
  readonly instanceId?: string;
  readonly version?: string;
}

/** An orchestrator has requested something that this host does not offer. */
export class UnsupportedActionError extends Error {
  override readonly name = 'UnsupportedActionError';
}

/** Returns the command of a call, by its id. */
export function commandOf({
  actionType,
  functionName = '',
  input,
  instanceId,
  version,
}: Action): (id: number) => Command {
  const isChild =
    actionType === actionTypes.callSubOrchestrator ||
    actionType === actionTypes.callSubOrchestratorWithRetry;
  return (id) =>
    isChild
      ? {
          kind: 'child',
          id,
          name: functionName,
          input,
          ...(instanceId === undefined || instanceId === null || instanceId === ''
            ? {}
            : { instanceId }),
          ...(version === undefined || version === null ? {} : { version }),
        }
      : { kind: 'task', id, name: functionName, input };
}

/** Returns the history event that records a command. */
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
 * Returns the message that starts a sub-orchestration.
 * @throws UnsupportedActionError when its id is that of its parent or grandparent or of an entity
 */
export function childStart(
  command: ChildCommand,
  instance: Instance,
  atMs: number,
  defaultVersion: string,
): Outgoing {
  const instanceId = childId(command, instance);
  const ancestorIds = [instance.instanceId, instance.parent?.instanceId].map((id) =>
    id?.toLowerCase(),
  );
  if (ancestorIds.includes(instanceId.toLowerCase()) || instanceId.startsWith('@')) {
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

/** Returns an execution id that no other execution has. */
export function newExecutionId(): string {
  return randomUUID().replaceAll('-', '');
}

function childId(command: ChildCommand, instance: Instance): string {
  return command.instanceId ?? `${instance.executionId}:${String(command.id)}`;
}

function inputText({ input }: ChildCommand): string | null {
  return input === undefined ? null : JSON.stringify(input);
}
