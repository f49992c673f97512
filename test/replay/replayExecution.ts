import { z } from 'zod';
import {
  endTurn,
  type HistoryEvent,
  type Instance,
  parseDurableSettings,
  readOrchestratorResult,
  type TurnStart,
} from '../../local/functions-host/index.ts';
import { invoke } from '../../local/functions-host/test/durable/engineHarness.ts';
import type { RecordedExecution, RecordedPayload } from './recordedExecution.ts';

const settings = parseDurableSettings({});

/**
 * Runs an orchestrator of today on a recorded history, as the host would after a deployment, and returns where it differs:
 * what the engine's own replay objects to, and every action that is not the recorded one. An input or output may have got
 * members that the recorded one lacks.
 * @param orchestrator another one than the recorded, for a test of the test
 */
export async function replayExecution(
  recorded: RecordedExecution,
  orchestrator = recorded.orchestrator,
): Promise<string[]> {
  const { payload, state } = recorded;
  const outcome = await invoke({
    functionName: orchestrator,
    inputData: [{ name: '', data: { string: JSON.stringify(payload) } }],
    triggerMetadata: {},
  });
  const answer = readOrchestratorResult(outcome);
  if (!answer.ok) return [answer.message];
  const { status, output } = endTurn(instanceOf(payload), turnOf(payload), outcome, settings);
  const objection =
    status === 'Failed' && answer.state.error === undefined ? [output ?? 'the turn failed'] : [];
  return [...objection, ...differences('state', state, answer.state)];
}

function differences(path: string, recorded: unknown, today: unknown): string[] {
  if (Array.isArray(recorded)) {
    if (!Array.isArray(today) || today.length !== recorded.length)
      return [
        `${path} had ${recorded.length} entries, today ${Array.isArray(today) ? today.length : JSON.stringify(today)}`,
      ];
    return recorded.flatMap((entry, index) =>
      differences(`${path}[${index}]`, entry, today[index]),
    );
  }
  const members = z.record(z.string(), z.unknown()).safeParse(recorded);
  if (!members.success)
    return Object.is(recorded, today)
      ? []
      : [`${path} was ${JSON.stringify(recorded)}, today ${JSON.stringify(today)}`];
  const others = z.record(z.string(), z.unknown()).safeParse(today);
  if (!others.success) return [`${path} was an object, today ${JSON.stringify(today)}`];
  return Object.entries(members.data).flatMap(([name, value]) =>
    differences(`${path}.${name}`, value, others.data[name]),
  );
}

/** The instance as it stood before the recorded turn. */
function instanceOf({ history, input, instanceId }: RecordedPayload): Instance {
  return {
    instanceId,
    executionId: 'replayed',
    name: 'replayed',
    version: settings.defaultVersion,
    input: JSON.stringify(input),
    parent: null,
    status: 'Running',
    customStatus: null,
    output: null,
    createdAtMs: 0,
    updatedAtMs: 0,
    history: history.filter(({ IsPlayed }) => IsPlayed).map(asEvent),
    inbox: [],
    cancelledTimers: [],
  };
}

function turnOf({ history }: RecordedPayload): TurnStart {
  const fresh = history.filter(({ IsPlayed }) => !IsPlayed).map(asEvent);
  return { consumed: [], atMs: Date.parse(fresh[0]?.Timestamp ?? ''), fresh, suspends: false };
}

function asEvent({ IsPlayed: _, ...event }: RecordedPayload['history'][number]): HistoryEvent {
  return event;
}
