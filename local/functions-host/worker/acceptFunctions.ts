import type { FunctionErrors } from '../functionErrors.ts';
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

/** Which functions of an app are to run. */
interface Selection {
  readonly environment: NodeJS.ProcessEnv;
  /** The names of `--functions`, in any case. Default: all functions. */
  readonly only?: readonly string[] | undefined;
}

/**
 * Returns the functions that run. Functions that `AzureWebJobs.<name>.Disabled` disables or that
 * are not selected are left out. A function with an unsupported binding, without a trigger or with
 * a name in use is in error.
 */
export function acceptFunctions(
  registrations: readonly Registration[],
  errors: FunctionErrors,
  { environment, only }: Selection,
): Registration[] {
  const selected = only?.map((name) => name.toLowerCase());
  const names = new Set<string>();
  return registrations.filter(({ registered: { name, bindings } }) => {
    const lower = name.toLowerCase();
    if (isDisabled(name, environment) || selected?.includes(lower) === false) return false;
    const reason = names.has(lower)
      ? `function '${name}': two functions have this name (names are the same in any case). Only the first one runs: rename one`
      : refusalOf(name, bindings);
    names.add(lower);
    if (reason !== undefined) errors.add(name, reason);
    return reason === undefined;
  });
}

function refusalOf(
  name: string,
  bindings: Registration['registered']['bindings'],
): string | undefined {
  const trigger = triggerOf(bindings)?.binding.type.toLowerCase();
  if (trigger === undefined) return `function '${name}' has no trigger`;
  if (trigger === 'entitytrigger') return `function '${name}' is a durable entity`;
  const unsupported = Object.values(bindings).filter(
    ({ type, direction }) => !isSupported(type.toLowerCase(), direction),
  );
  if (unsupported.length === 0) return undefined;
  const list = unsupported.map(({ type, direction }) => `'${type}' (${direction})`).join(', ');
  return `function '${name}' has ${unsupported.length === 1 ? 'a binding' : 'bindings'} of type ${list}`;
}

function isSupported(type: string, direction: string): boolean {
  if (direction === 'in') return triggerTypes.includes(type) || inputTypes.includes(type);
  return direction === 'out' && outputTypes.includes(type);
}

function isDisabled(name: string, environment: NodeJS.ProcessEnv): boolean {
  // The second spelling is for systems whose variables must not contain dots.
  const setting =
    environment[`AzureWebJobs.${name}.Disabled`] ?? environment[`AzureWebJobs_${name}_Disabled`];
  return setting !== undefined && /^(true|1)$/i.test(setting);
}
