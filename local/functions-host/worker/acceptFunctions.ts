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
 * Returns the functions that run: all that `AzureWebJobs.<name>.Disabled` does not disable.
 * @throws HostStartError for the first one with an unsupported binding, without a trigger or with a
 * name in use
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
      ? 'is a durable entity, which this host does not support'
      : `has a binding of type '${type}' (${direction}), which this host does not support`;
  return new HostStartError(
    `function '${name}' ${what}. Supported: ${supported}. Set AzureWebJobs.${name}.Disabled=true to run the app without the function, or run it with Core Tools`,
  );
}

function isDisabled(name: string, environment: NodeJS.ProcessEnv): boolean {
  // The second spelling is for systems whose variables must not contain dots.
  const setting =
    environment[`AzureWebJobs.${name}.Disabled`] ?? environment[`AzureWebJobs_${name}_Disabled`];
  return setting !== undefined && /^(true|1)$/i.test(setting);
}
