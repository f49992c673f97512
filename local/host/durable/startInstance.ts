import { randomUUID } from 'node:crypto';
import { managementUrls } from './clientPayload.ts';
import { newExecutionId } from './commandEvents.ts';
import { noSuchFunction } from './durableFunctions.ts';
import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import type { Engine } from './engine.ts';
import { type Instance, isTerminal } from './instance.ts';
import { badArgument, failure, jsonAnswer } from './managementAnswers.ts';
import { statusBody } from './statusBody.ts';

/** What a start asks for. `input` is JSON text. */
export interface StartRequest {
  readonly functionName: string;
  readonly instanceId?: string;
  readonly input: string | null;
  readonly version?: string;
}

/** Starts an instance: 202 with its addresses, 400 for a bad name, id or input, 409 while the id is taken. */
export async function startInstance(
  engine: Engine,
  request: DurableHttpRequest,
  asked: StartRequest,
): Promise<DurableHttpResponse> {
  const {
    functionName: name,
    input,
    instanceId = randomUUID().replaceAll('-', ''),
    version = engine.settings.defaultVersion,
  } = asked;
  if (!engine.hasOrchestrator(name)) return badArgument(noSuchFunction('orchestrator', name));
  if (!isInstanceId(instanceId))
    return badArgument(
      `The instance id '${instanceId}' may not be longer than 100 characters, start with @ or hold / \\ # ? or control characters.`,
    );
  if (input !== null && !isJson(input)) return badArgument('The request body is not JSON.');
  const taken = await engine.startInstance({
    instanceId,
    executionId: newExecutionId(),
    name,
    version,
    input,
    parent: null,
  });
  if (taken !== undefined)
    return failure(
      409,
      'OrchestrationAlreadyExistsException',
      `An Orchestration instance with the status ${taken} already exists.`,
    );
  return acceptedAnswer(engine, request, instanceId, '10');
}

/** Starts an instance and waits, in real time, until it has ended or the time is up: 200 with the output, 500 with the status of a failed one, else as a plain start. */
export async function startAndWait(
  engine: Engine,
  request: DurableHttpRequest,
  asked: StartRequest & { readonly instanceId: string },
): Promise<DurableHttpResponse> {
  const timeoutSeconds = Number(request.query.get('timeout'));
  const intervalSeconds = Number(request.query.get('pollingInterval') ?? 1);
  if (!(timeoutSeconds > 0) || !(intervalSeconds > 0) || intervalSeconds > timeoutSeconds) {
    return badArgument(
      'timeout and pollingInterval are seconds greater than 0, and pollingInterval may not be longer than timeout.',
    );
  }
  const accepted = await startInstance(engine, request, asked);
  if (accepted.status !== 202) return accepted;
  const ended = await endOf(engine, asked.instanceId, timeoutSeconds, intervalSeconds);
  if (ended === undefined) return accepted;
  if (ended.status === 'Completed')
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: ended.output ?? 'null',
    };
  return jsonAnswer(
    ended.status === 'Failed' ? 500 : 200,
    statusBody(ended, { showInput: true, showHistory: false, showHistoryOutput: false }),
  );
}

/** 202 with the addresses of an instance. */
export function acceptedAnswer(
  engine: Engine,
  { base, systemKey }: DurableHttpRequest,
  instanceId: string,
  retryAfter: string,
): DurableHttpResponse {
  const urls = managementUrls(
    base.replace(/\/+$/, ''),
    instanceId,
    systemKey,
    engine.settings.hubName,
  );
  return jsonAnswer(202, urls, {
    location: urls['statusQueryGetUri'] ?? '',
    'retry-after': retryAfter,
  });
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// The caller sits at a connection: it waits on the wall clock, whatever the app's clock does.
async function endOf(
  engine: Engine,
  instanceId: string,
  timeoutSeconds: number,
  intervalSeconds: number,
): Promise<Instance | undefined> {
  for (let waitedSeconds = 0; waitedSeconds <= timeoutSeconds; waitedSeconds += intervalSeconds) {
    const instance = engine.get(instanceId);
    if (instance !== undefined && isTerminal(instance.status)) return instance;
    await new Promise((resolve) => setTimeout(resolve, intervalSeconds * 1000));
  }
  return undefined;
}

function isInstanceId(instanceId: string): boolean {
  return (
    instanceId !== '' &&
    instanceId.length <= 100 &&
    !instanceId.startsWith('@') &&
    !/[/\\#?\u0000-\u001f\u007f]/.test(instanceId)
  );
}
