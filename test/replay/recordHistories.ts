import {
  type Invocation,
  type InvocationOutcome,
  readOrchestratorResult,
} from '../../local/functions-host/index.ts';
import { orchestrators } from '../../orchestrations/names.ts';
import { openWorld } from '../orchestrations/world.ts';
import { parsePayload, type RecordedExecution, shapeOf } from './recordedExecution.ts';
import type { Recording } from './recordings.ts';

const names: ReadonlySet<string> = new Set(Object.values(orchestrators));

/**
 * Plays migrations of every kind and keeps the last turn of each execution, but only one of each shape. Each recording gets
 * those shapes that the ones before it do not have.
 */
export async function recordHistories(
  recordings: readonly Recording[],
): Promise<Map<string, RecordedExecution[]>> {
  const shapes = new Set<string>();
  const histories = new Map<string, RecordedExecution[]>();
  for (const { name, options, play } of recordings) {
    const executions = new Map<string, RecordedExecution>();
    const world = await openWorld({
      ...options,
      onInvoked: (invocation, outcome) => {
        keep(executions, invocation, outcome);
      },
    });
    try {
      await play(world);
    } finally {
      await world.close();
    }
    const fresh = [...executions.values()].filter((execution) => {
      const shape = shapeOf(execution);
      if (shapes.has(shape)) return false;
      shapes.add(shape);
      return true;
    });
    if (fresh.length > 0) histories.set(name, fresh);
  }
  return histories;
}

function keep(
  executions: Map<string, RecordedExecution>,
  { functionName, inputData }: Invocation,
  outcome: InvocationOutcome,
): void {
  const text = inputData[0]?.data.string;
  if (!names.has(functionName) || text === undefined) return;
  const payload = parsePayload(text);
  const answer = readOrchestratorResult(outcome);
  if (!answer.ok) throw new Error(`${functionName} has no answer to record: ${answer.message}`);
  // A generation starts at an instant of its own; a later turn of it takes the place of the earlier ones.
  executions.set(`${payload.instanceId} ${payload.history[0]?.Timestamp ?? ''}`, {
    orchestrator: functionName,
    payload,
    state: answer.state,
  });
}
