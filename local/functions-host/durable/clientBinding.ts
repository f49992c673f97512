import { defaultHubName } from './durableSettings.ts';

/** The addresses of the management API, and the key that its callers send. */
export interface ClientAddresses {
  readonly publicBase: string;
  readonly rpcBase: string;
  readonly systemKey: string;
}

/** Returns the management addresses of one instance. The response to a start contains them. */
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

/** Returns the JSON text of a `durableClient` input binding (Durable extension protocol). */
export function clientPayload(
  { publicBase, rpcBase, systemKey }: ClientAddresses,
  taskHub = defaultHubName,
): string {
  const base = publicBase.replace(/\/+$/, '');
  const create = `${base}/orchestrators/{functionName}[/{instanceId}]?code=${systemKey}`;
  return JSON.stringify({
    taskHubName: taskHub,
    creationUrls: {
      createNewInstancePostUri: create,
      createAndWaitOnNewInstancePostUri: `${create}&timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}`,
    },
    managementUrls: managementUrls(base, 'INSTANCEID', systemKey, taskHub),
    baseUrl: base,
    requiredQueryStringParameters: `taskHub=${taskHub}&connection=Storage&code=${systemKey}`,
    rpcBaseUrl: `${rpcBase.replace(/\/+$/, '')}/`,
    httpBaseUrl: base,
  });
}
