import { HostStartError } from '../errors.ts';
import { triggerOf } from '../invocation/invocation.ts';
import type { Registration } from './appWorker.ts';

const triggerTypes = [
  'httptrigger',
  'queuetrigger',
  'timertrigger',
  'orchestrationtrigger',
  'activitytrigger',
];
const inputTypes = ['durableclient', 'orchestrationclient'];
const outputTypes = ['http', 'queue'];
const supported =
  'HTTP, queue, timer, orchestration and activity triggers, the durable client, and HTTP and queue outputs';

/**
 * The functions that are to run: all that are not disabled by `AzureWebJobs.<name>.Disabled`.
 * @throws HostStartError for the first one with a binding that this host does not have, or with a name in use
 */
export function acceptFunctions(
  registrations: readonly Registration[],
  environment: NodeJS.ProcessEnv,
): Registration[] {
  const names = new Set<string>();
  const accepted = registrations.filter(
    ({ registered: { name } }) => !isDisabled(name, environment),
  );
  for (const { registered } of accepted) {
    const { name, bindings } = registered;
    if (names.has(name.toLowerCase())) {
      throw new HostStartError(
        `two functions are called '${name}' (names are the same in any case): rename one`,
      );
    }
    names.add(name.toLowerCase());
    if (triggerOf(bindings) === undefined)
      throw new HostStartError(`function '${name}' has no trigger: give it one of ${supported}`);
    for (const { type, direction } of Object.values(bindings)) {
      if (!isSupported(type.toLowerCase(), direction)) throw refusal(name, type, direction);
    }
  }
  return accepted;
}

function isSupported(type: string, direction: string): boolean {
  if (direction === 'in') return triggerTypes.includes(type) || inputTypes.includes(type);
  return direction === 'out' && outputTypes.includes(type);
}

function refusal(name: string, type: string, direction: string): HostStartError {
  const what =
    type.toLowerCase() === 'entitytrigger'
      ? 'is a durable entity, and this host has no entities'
      : `has a binding of type '${type}' (${direction}), which this host does not have`;
  return new HostStartError(
    `function '${name}' ${what}: it has ${supported}. Set AzureWebJobs.${name}.Disabled=true to run the app without the function, or run it with Core Tools`,
  );
}

function isDisabled(name: string, environment: NodeJS.ProcessEnv): boolean {
  // The second spelling is the one for systems whose variables may not have dots.
  const setting =
    environment[`AzureWebJobs.${name}.Disabled`] ?? environment[`AzureWebJobs_${name}_Disabled`];
  return setting !== undefined && /^(true|1)$/i.test(setting);
}
