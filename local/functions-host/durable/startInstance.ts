import { randomUUID } from 'node:crypto';
import { newExecutionId } from './commandEvents.ts';
import type { DurableHttpRequest, DurableHttpResponse } from './durableHost.ts';
import { noSuchFunction } from './durableSettings.ts';
import type { Engine } from './engine.ts';
import { type Instance, isTerminal } from './instance.ts';
import { badArgument, failure, jsonAnswer, statusBody } from './managementAnswers.ts';

const placeholder = 'INSTANCEID';

/** Where the management API is reached. */
export interface ClientBases {
  readonly publicBase: string;
  readonly rpcBase: string;
  readonly systemKey: string;
  readonly taskHub?: string;
}

/** The management addresses of one instance, as the answers to a start carry them. */
export function managementUrls(
  base: string,
  instanceId: string,
  systemKey: string,
  taskHub: string,
): Record<string, string> {
  const query = `taskHub=${taskHub}&connection=Storage&code=${systemKey}`;
  const instance = `${base}/instances/${instanceId}`;
  return {
    id: instanceId,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

/** The JSON text that a `durableClient` input binding gets (Durable extension protocol). */
export function clientPayload({
  publicBase,
  rpcBase,
  systemKey,
  taskHub = 'TestHubName',
}: ClientBases): string {
  const base = publicBase.replace(/\/+$/, '');
  const create = `${base}/orchestrators/{functionName}[/{instanceId}]?code=${systemKey}`;
  return JSON.stringify({
    taskHubName: taskHub,
    creationUrls: {
      createNewInstancePostUri: create,
      createAndWaitOnNewInstancePostUri: `${create}&timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}`,
    },
    managementUrls: managementUrls(base, placeholder, systemKey, taskHub),
    baseUrl: base,
    requiredQueryStringParameters: `taskHub=${taskHub}&connection=Storage&code=${systemKey}`,
    rpcBaseUrl: `${rpcBase.replace(/\/+$/, '')}/`,
    httpBaseUrl: base,
  });
}

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
