import { randomUUID } from 'node:crypto';
import { managementUrls } from './clientBinding.ts';
import { newExecutionId } from './command.ts';
import { noSuchFunction } from './durableFunctions.ts';
import type { Engine } from './engine.ts';
import { type Instance, isTerminal } from './instance.ts';
import { statusBody } from './instanceStatus.ts';
import {
  badArgument,
  type DurableHttpRequest,
  type DurableHttpResponse,
  failure,
  jsonResponse,
  jsonType,
} from './managementHttp.ts';

/** The instance to start. `input` is JSON text. */
export interface StartRequest {
  readonly functionName: string;
  readonly instanceId: string;
  readonly input: string | null;
  readonly version?: string;
}

/**
 * Starts an instance: 202 with its addresses, 400 for a bad name, id or input, 409 while another
 * has the id.
 */
export async function startInstance(
  engine: Engine,
  request: DurableHttpRequest,
  { functionName: name, instanceId, input, version }: StartRequest,
): Promise<DurableHttpResponse> {
  if (!engine.hasOrchestrator(name)) return badArgument(noSuchFunction('orchestrator', name));
  if (!isInstanceId(instanceId))
    return badArgument(
      `The instance id '${instanceId}' is not valid. An id has 1 to 100 characters, does not start with @ and contains none of / \\ # ? and no control characters.`,
    );
  if (input !== null && !isJson(input)) return badArgument('The request body is not JSON.');
  const existingStatus = await engine.startInstance({
    instanceId,
    executionId: newExecutionId(),
    name,
    version: version ?? engine.settings.defaultVersion,
    input,
    parent: null,
  });
  if (existingStatus !== undefined)
    return failure(
      409,
      'OrchestrationAlreadyExistsException',
      `An Orchestration instance with the status ${existingStatus} already exists.`,
    );
  return acceptedResponse(engine, request, instanceId, '10');
}

/**
 * Starts an instance and waits until it ends, at most `timeout` seconds of real time. Returns 200
 * with the output, or 500 with the status of a failed instance. When the time is over, returns the
 * response of a plain start.
 */
export async function startAndWait(
  engine: Engine,
  request: DurableHttpRequest,
  start: StartRequest,
): Promise<DurableHttpResponse> {
  const timeoutSeconds = Number(request.query.get('timeout'));
  const intervalSeconds = Number(request.query.get('pollingInterval') ?? 1);
  if (!(timeoutSeconds > 0) || !(intervalSeconds > 0) || intervalSeconds > timeoutSeconds) {
    return badArgument(
      'timeout and pollingInterval are seconds greater than 0, and pollingInterval may not be longer than timeout.',
    );
  }
  const accepted = await startInstance(engine, request, start);
  if (accepted.status !== 202) return accepted;
  const ended = await waitForEnd(engine, start.instanceId, timeoutSeconds, intervalSeconds);
  if (ended === undefined) return accepted;
  if (ended.status === 'Completed')
    return {
      status: 200,
      headers: { 'content-type': jsonType },
      body: ended.output ?? 'null',
    };
  return jsonResponse(
    ended.status === 'Failed' ? 500 : 200,
    statusBody(ended, { showInput: true, showHistory: false, showHistoryOutput: false }),
  );
}

/** Returns 202 with the management addresses of an instance. */
export function acceptedResponse(
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
  return jsonResponse(202, urls, {
    location: urls['statusQueryGetUri'] ?? '',
    'retry-after': retryAfter,
  });
}

/** Returns an instance id that no other instance has. */
export function newInstanceId(): string {
  return randomUUID().replaceAll('-', '');
}

/** Returns whether a text can be parsed as JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// The caller waits at an open connection: its timeout is real time, at any speed of the app's
// clock.
async function waitForEnd(
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
