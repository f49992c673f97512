import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const projectDir = join(import.meta.dirname, '..', '..');

/** Builds the bare app with the project's own build and host.json; returns its folder. */
export function buildBareApp(): string {
  const appDir = join(projectDir, '.local', 'bench', 'bare');
  mkdirSync(appDir, { recursive: true });
  execFileSync(
    process.execPath,
    ['tools/build.ts', '--entry', 'bench/baselines/bareApp.ts', '--out', join(appDir, 'app.cjs')],
    { cwd: projectDir },
  );
  copyFileSync(join(projectDir, 'host.json'), join(appDir, 'host.json'));
  writeFileSync(join(appDir, 'package.json'), '{"main":"app.cjs"}');
  return appDir;
}
