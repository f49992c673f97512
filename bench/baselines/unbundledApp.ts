import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import ts from 'typescript';
import type { ZipFile } from '../cold/zipBytes.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));
// Inside the project, so that the packages are found as they would be beside a deployed app.
const outDir = join(projectDir, '.local', 'bench', 'unbundled');
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
    }),
  ),
});

/** The app as a compiler without a bundler leaves it: a file for each module, the packages beside it. Returns its main file. */
export function buildUnbundled(): string {
  rmSync(outDir, { recursive: true, force: true });
  for (const file of ownFiles()) {
    const { outputText } = ts.transpileModule(readFileSync(join(projectDir, file), 'utf8'), {
      fileName: file,
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const out = join(outDir, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, outputText);
  }
  writeFileSync(join(outDir, 'package.json'), '{"type":"module","main":"functions/main.js"}');
  return join(outDir, 'functions', 'main.js');
}

/** All that would have to be deployed without a bundler: the compiled modules and every package that runs in production. */
export function unbundledFiles(): readonly ZipFile[] {
  const { packages } = lockSchema.parse(
    JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8')),
  );
  const folders = Object.entries(packages)
    .filter(
      ([folder, { dev, optional, devOptional }]) =>
        folder !== '' && dev !== true && optional !== true && devOptional !== true,
    )
    .map(([folder]) => folder);
  const inPackages = folders.flatMap((folder) =>
    globSync('**/*', {
      cwd: join(projectDir, folder),
      withFileTypes: true,
      exclude: ['node_modules/**'],
    }).flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])),
  );
  return [
    ...ownFiles().map((file) => ({
      name: file.replace(/\.ts$/, '.js'),
      file: join(outDir, file.replace(/\.ts$/, '.js')),
    })),
    ...inPackages.map((file) => ({ name: file.slice(projectDir.length), file })),
    ...['host.json', 'package.json'].map((file) => ({ name: file, file: join(projectDir, file) })),
  ];
}

function ownFiles(): readonly string[] {
  return globSync('{functions,orchestrations,shared}/**/*.ts', { cwd: projectDir });
}
