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
