import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { z } from 'zod';

const projectDir = join(import.meta.dirname, '..', '..');
const folder = join(import.meta.dirname, 'stored');
const packed = 'app.cjs.br';

const hostJsonSchema = z.looseObject({
  extensions: z.looseObject({ durableTask: z.looseObject({ defaultVersion: z.string() }) }),
});

/** Returns the versions of which there is a bundle. */
export function storedVersions(): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/**
 * Returns the stored versions whose instances the present code must continue, and which must
 * continue the present ones: those with the same replay contract.
 */
export function exchangeableVersions(): string[] {
  const present = contractOf(projectDir);
  return storedVersions().filter((version) => contractOf(join(folder, version)) === present);
}

/** Returns the `defaultVersion` of the host.json in a folder. */
function contractOf(dir: string): string {
  const json: unknown = JSON.parse(readFileSync(join(dir, 'host.json'), 'utf8'));
  return hostJsonSchema.parse(json).extensions.durableTask.defaultVersion;
}

/** Stores the built bundle as that of a version. Returns its folder and size. */
export function storeRelease(version: string): { readonly dir: string; readonly bytes: number } {
  const dir = join(folder, version);
  const bundle = brotliCompressSync(readFileSync(join(projectDir, 'dist', 'app.cjs')));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, packed), bundle);
  writeFileSync(join(dir, 'host.json'), readFileSync(join(projectDir, 'host.json')));
  return { dir, bytes: bundle.length };
}

/** Writes a stored version into a folder as an app that a Functions host can run. */
export function unpackRelease(version: string, appDir: string): void {
  const dir = join(folder, version);
  mkdirSync(join(appDir, 'dist'), { recursive: true });
  writeFileSync(
    join(appDir, 'dist', 'app.cjs'),
    brotliDecompressSync(readFileSync(join(dir, packed))),
  );
  writeFileSync(join(appDir, 'host.json'), readFileSync(join(dir, 'host.json')));
  writeFileSync(join(appDir, 'package.json'), JSON.stringify({ main: 'dist/app.cjs' }));
}
