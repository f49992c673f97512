import { type DurableFunctions, noSuchFunction } from './durableFunctions.ts';
import type { DurableOptions, InterruptedInvocation } from './durableOptions.ts';
import { type DurableSettings, versionDecision } from './durableSettings.ts';
import { eventTypes, type HistoryEvent } from './historyEvent.ts';
import type { Instance } from './instance.ts';
import { endTurn } from './turn.ts';
import { failedTurn, type TurnEntry, type TurnStart } from './turnEntry.ts';

/**
 * Runs the orchestrator of an instance for one turn. Returns the journal entry of the turn, the
 * interruption when the worker has died, or undefined when the instance waits for a host of its
 * version.
 */
export async function runOrchestrator(
  instance: Instance,
  start: TurnStart,
  functions: DurableFunctions,
  settings: DurableSettings,
  { invoke, log, onTurn }: Pick<DurableOptions, 'invoke' | 'log' | 'onTurn'>,
): Promise<TurnEntry | InterruptedInvocation | undefined> {
  const { instanceId, name, version } = instance;
  const decision = versionDecision(version, settings);
  if (decision !== 'run') {
    const detail = `The orchestration's version '${version}' does not match the host's '${settings.defaultVersion}'.`;
    if (decision === 'fail') return failedTurn(instance, start, detail);
    log('warning', `${name} (${instanceId}) waits for a host of its version. ${detail}`);
    return undefined;
  }
  const functionName = functions.find('orchestrator', name);
  if (functionName === undefined)
    return failedTurn(instance, start, noSuchFunction('orchestrator', name));
  const payload = orchestratorPayload(instance, start.fresh);
  onTurn?.({
    instanceId,
    name: functionName,
    events: instance.history.length + start.fresh.length,
    bytes: Buffer.byteLength(payload),
  });
  const outcome = await invoke({
    functionName,
    inputData: [{ name: '', data: { string: payload } }],
    triggerMetadata: {},
  });
  return 'interrupted' in outcome ? outcome : endTurn(instance, start, outcome, settings);
}

/**
 * Returns the trigger text of an orchestrator: past events, then those of this turn (Durable
 * extension protocol).
 */
function orchestratorPayload(instance: Instance, fresh: readonly HistoryEvent[]): string {
  const history = [
    ...instance.history.map((event) => eventText(event, true)),
    ...fresh.map((event) => eventText(event, false)),
  ];
  const members = JSON.stringify({
    instanceId: instance.instanceId,
    isReplaying: instance.history.length > 0,
    parentInstanceId: instance.parent?.instanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    longRunningTimerIntervalDuration: '3.00:00:00',
    maximumShortTimerDuration: '6.00:00:00',
    defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
  });
  // Joined as text, because this runs for each turn of each instance: the input is JSON already.
  return `{"history":[${history.join(',')}],"input":${instance.input ?? 'null'},${members.slice(1)}`;
}

/** Omits activity inputs, as the extension does by default. */
function eventText(event: HistoryEvent, isPlayed: boolean): string {
  const text = JSON.stringify(
    event.EventType === eventTypes.taskScheduled ? { ...event, Input: undefined } : event,
  );
  return `${text.slice(0, -1)},"IsPlayed":${String(isPlayed)}}`;
}
