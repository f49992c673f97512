import { z } from 'zod';
import { HostStartError } from '../errors.ts';
import { anyCase, wholeNumber } from '../settings/hostJson.ts';

/** The task hub of an app that sets none. */
export const defaultHubName = 'TestHubName';

const count = wholeNumber(z.int().min(1));
const settingsSchema = z.looseObject({
  hubName: z.string().default(defaultHubName),
  defaultVersion: z.string().default(''),
  versionMatchStrategy: anyCase(['None', 'Strict', 'CurrentOrOlder']).prefault('CurrentOrOlder'),
  versionFailureStrategy: anyCase(['Reject', 'Fail']).prefault('Reject'),
  overridableExistingInstanceStates: anyCase(['NonRunningStates', 'AnyState']).prefault(
    'NonRunningStates',
  ),
  maxConcurrentActivityFunctions: count.default(20),
  maxConcurrentOrchestratorFunctions: count.default(20),
  maxOrchestrationActions: count.default(100_000),
});

/** The members of host.json's `extensions.durableTask` that this host uses. */
export type DurableSettings = z.infer<typeof settingsSchema>;

/**
 * Parses host.json's `extensions.durableTask`.
 * @throws HostStartError that names each bad member
 */
export function parseDurableSettings(settings: Readonly<Record<string, unknown>>): DurableSettings {
  const parsed = settingsSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `extensions.durableTask.${path.join('.')}: ${message}`,
  );
  throw new HostStartError(`host.json is not valid: ${problems.join('; ')}`, {
    cause: parsed.error,
  });
}

/**
 * Decides whether this host runs an instance of a version: run it, wait for another host, or fail
 * it.
 */
export function versionDecision(
  version: string,
  settings: Pick<
    DurableSettings,
    'defaultVersion' | 'versionMatchStrategy' | 'versionFailureStrategy'
  >,
): 'run' | 'wait' | 'fail' {
  const { versionMatchStrategy, versionFailureStrategy, defaultVersion } = settings;
  const matches =
    versionMatchStrategy === 'None' ||
    version === defaultVersion ||
    (versionMatchStrategy === 'CurrentOrOlder' && compareVersions(version, defaultVersion) <= 0);
  if (matches) return 'run';
  return versionFailureStrategy === 'Reject' ? 'wait' : 'fail';
}

/**
 * Compares two versions as the extension does. An empty version is older than any other. Versions
 * of two to four numbers are compared number by number. All others are compared as text in any
 * case, so that `10` is older than `9`.
 */
export function compareVersions(one: string, other: string): number {
  if (one.trim() === '' || other.trim() === '')
    return Number(one.trim() !== '') - Number(other.trim() !== '');
  const [numbers, otherNumbers] = [numbersOf(one), numbersOf(other)];
  if (numbers === undefined || otherNumbers === undefined)
    return compareTexts(one.toUpperCase(), other.toUpperCase());
  for (let index = 0; index < 4; index += 1) {
    // A missing number is less than 0: `1.0` is older than `1.0.0`.
    const difference = (numbers[index] ?? -1) - (otherNumbers[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Returns the numbers of a .NET `System.Version`; undefined for other texts, a single number
 * included.
 */
function numbersOf(version: string): readonly number[] | undefined {
  const parts = version.split('.').map((part) => part.trim());
  return parts.length >= 2 && parts.length <= 4 && parts.every((part) => /^\d+$/.test(part))
    ? parts.map(Number)
    : undefined;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
