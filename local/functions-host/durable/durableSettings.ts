import { z } from 'zod';
import type { RegisteredFunction } from '../invocation/invocation.ts';

const count = z.int().min(1);

/** The members of host.json's `extensions.durableTask` that this host heeds; the others are for Azure alone. */
const settingsSchema = z.looseObject({
  hubName: z.string().default('TestHubName'),
  defaultVersion: z.string().default(''),
  versionMatchStrategy: z.enum(['None', 'Strict', 'CurrentOrOlder']).default('CurrentOrOlder'),
  versionFailureStrategy: z.enum(['Reject', 'Fail']).default('Reject'),
  maxConcurrentActivityFunctions: count.default(20),
  maxConcurrentOrchestratorFunctions: count.default(20),
  maxOrchestrationActions: count.default(100_000),
});
export type DurableSettings = z.infer<typeof settingsSchema>;

/** Parses host.json's `extensions.durableTask`; throws a ZodError that names the bad member. */
export function parseDurableSettings(settings: Readonly<Record<string, unknown>>): DurableSettings {
  return settingsSchema.parse(settings);
}

/** Whether this host may run an instance of a version: yes, not now (another host may), or never. */
export function judgeVersion(
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
 * Compares two versions as the extension does: none is older than any; versions of two to four numbers are compared number
 * by number; all others are compared as texts without regard to case, so that `10` is older than `9`.
 */
export function compareVersions(one: string, other: string): number {
  if (one.trim() === '' || other.trim() === '')
    return Number(one.trim() !== '') - Number(other.trim() !== '');
  const [numbers, otherNumbers] = [numbersOf(one), numbersOf(other)];
  if (numbers === undefined || otherNumbers === undefined)
    return compareTexts(one.toUpperCase(), other.toUpperCase());
  for (let index = 0; index < 4; index += 1) {
    // A number that is left out is less than 0: `1.0` is older than `1.0.0`.
    const difference = (numbers[index] ?? -1) - (otherNumbers[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The numbers of what .NET reads as a `System.Version`; a single number is none. */
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

const kinds = { orchestrationtrigger: 'orchestrator', activitytrigger: 'activity' } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

/** The app's orchestrators and activities; their names match in any case (Durable extension protocol). */
export class DurableFunctions {
  readonly #names = new Map<string, string>();

  constructor(functions: readonly RegisteredFunction[]) {
    for (const { name, bindings } of functions) {
      for (const { type } of Object.values(bindings)) {
        const trigger = type.toLowerCase();
        if (trigger === 'orchestrationtrigger' || trigger === 'activitytrigger')
          this.#names.set(`${kinds[trigger]} ${name.toLowerCase()}`, name);
      }
    }
  }

  /** The name as registered; undefined when there is no such function. */
  find(kind: Kind, name: string): string | undefined {
    return this.#names.get(`${kind} ${name.toLowerCase()}`);
  }
}

/** What the extension says of a function that is not there. */
export function noSuchFunction(kind: Kind, name: string): string {
  return `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function.`;
}
