import type { DurableSettings } from './durableSettings.ts';

/** Whether this host may run an instance of a version: yes, not now (another host may), or never. */
export function judgeVersion(version: string, settings: Pick<DurableSettings, 'defaultVersion' | 'versionMatchStrategy' | 'versionFailureStrategy'>): 'run' | 'wait' | 'fail' {
  const { versionMatchStrategy, versionFailureStrategy, defaultVersion } = settings;
  const matches =
    versionMatchStrategy === 'None' ||
    version === defaultVersion ||
    (versionMatchStrategy === 'CurrentOrOlder' && version.localeCompare(defaultVersion, 'en', { numeric: true }) < 0);
  if (matches) return 'run';
  return versionFailureStrategy === 'Reject' ? 'wait' : 'fail';
}
