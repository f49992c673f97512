import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type RecordedExecution, recordedExecutionSchema } from './recordedExecution.ts';

const folder = join(import.meta.dirname, 'histories');

/** The versions of which there are histories. */
export function recordedVersions(): string[] {
  return readdirSync(folder).sort();
}

/** The histories of one version by kind of migration. */
export function readHistories(version: string): {
  readonly kind: string;
  readonly text: string;
  readonly executions: readonly RecordedExecution[];
}[] {
  return readdirSync(join(folder, version))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, version, file), 'utf8');
      return {
        kind: file.replace(/\.json$/, ''),
        text,
        executions: z.array(recordedExecutionSchema).parse(JSON.parse(text)),
      };
    });
}

/** Writes a version's histories anew, a line for each execution; returns the folder. */
export function writeHistories(
  version: string,
  histories: ReadonlyMap<string, readonly RecordedExecution[]>,
): string {
  const versionFolder = join(folder, version);
  rmSync(versionFolder, { recursive: true, force: true });
  mkdirSync(versionFolder, { recursive: true });
  for (const [kind, executions] of histories) {
    writeFileSync(
      join(versionFolder, `${kind}.json`),
      `[\n${executions.map((execution) => JSON.stringify(execution)).join(',\n')}\n]\n`,
    );
  }
  return versionFolder;
}
