import { versionToRecord } from '../versionToRecord.ts';
import { storedVersions, storeRelease } from './storedReleases.ts';

const usage = `Stores the built app as the release of this version, for the tests of deployments between releases.

  npm run record-release [-- --replace]

  --replace  stores a version again that has not been released`;

function main(): number {
  const version = versionToRecord('is a bundle', usage, storedVersions());
  if (typeof version === 'number') return version;
  const { dir, bytes } = storeRelease(version);
  console.log(`${version}: ${String(Math.ceil(bytes / 1024))} KB in ${dir}`);
  return 0;
}

process.exitCode = main();
