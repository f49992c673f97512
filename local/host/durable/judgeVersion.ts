import type { DurableSettings } from './durableSettings.ts';

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
