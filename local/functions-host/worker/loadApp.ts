import { globSync, readFileSync, statSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { errorText, HostStartError } from '../errors.ts';
import type { AppWorker } from './appWorker.ts';

const packageSchema = z.looseObject({
  main: z.string().min(1).optional(),
  type: z.string().optional(),
});

/**
 * Loads every file that matches `main` of the app's package.json, in the order of the paths. `main`
 * is a path or a glob, with braces and `**`. ES modules are loaded with `import`, all others with
 * `require` (Functions worker protocol).
 * @throws HostStartError when there is no package.json or no match, or when a file cannot be loaded
 */
export async function loadApp(appDir: string): Promise<void> {
  const { main } = readPackage(join(appDir, 'package.json'));
  if (main === undefined && functionJsonNames(appDir).length > 0) return;
  if (main === undefined) {
    throw new HostStartError(
      `${join(appDir, 'package.json')} has no "main": it names the files that register the functions`,
    );
  }
  const pattern = main.replace(/^\.\//, '');
  const files = globSync(pattern, { cwd: appDir })
    .map((file) => join(appDir, file))
    .filter((file) => statSync(file).isFile())
    .sort();
  if (files.length === 0) {
    throw new HostStartError(
      `"main" of ${join(appDir, 'package.json')} is "${main}", which matches no file: build the app first`,
    );
  }
  const require = createRequire(join(appDir, 'package.json'));
  for (const file of files) {
    try {
      if (isModule(file)) await import(pathToFileURL(file).href);
      else require(file);
    } catch (error) {
      if (error instanceof HostStartError) throw error;
      throw new HostStartError(
        `the app cannot be loaded: ${relative(appDir, file)}: ${errorText(error)}`,
        { cause: error },
      );
    }
  }
}

/** Returns the names of the functions that a function.json file describes, as before model v4. */
export function functionJsonNames(appDir: string): string[] {
  return globSync('*/function.json', { cwd: appDir }).map(dirname).sort();
}

function isModule(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) return true;
  if (/\.c[jt]s$/.test(file)) return false;
  const nearest = findPackageJSON(pathToFileURL(file));
  return nearest !== undefined && readPackage(nearest).type === 'module';
}

function readPackage(file: string): z.infer<typeof packageSchema> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new HostStartError(
      `${file} cannot be read as JSON: an app's package.json names its files in "main"`,
      { cause: error },
    );
  }
  const parsed = packageSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new HostStartError(
    `${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  );
}

const capabilities = [
  'RawHttpBodyBytes',
  'RpcHttpTriggerMetadataRemoved',
  'RpcHttpBodyOnly',
  'IgnoreEmptyValuedRpcHttpHeaders',
  'UseNullableValueDictionaryForHttp',
  'WorkerStatus',
  'TypedDataCollection',
  'HandlesWorkerTerminateMessage',
];

/**
 * Ends the start of an app whose files are loaded: runs the start hooks, reads the capabilities and
 * ends the registration.
 * @returns the address at which the library serves HTTP functions, if the app has set `enableHttpStream`
 * @throws HostStartError when a start hook throws
 */
export async function startApp(
  worker: AppWorker,
  appDir: string,
): Promise<{ readonly streamAddress: string | undefined }> {
  try {
    await worker.hooks.run('appStart', {
      hookData: worker.appLevelHookData,
      appHookData: worker.appHookData,
      functionAppDirectory: appDir,
    });
  } catch (error) {
    throw new HostStartError(`an appStart hook failed: ${errorText(error)}`, { cause: error });
  }
  const requested = await worker.programmingModel?.getCapabilities?.(
    Object.fromEntries(capabilities.map((name) => [name, 'true'])),
  );
  worker.lock();
  return { streamAddress: requested?.['HttpUri'] };
}

/** Runs the app's termination hooks. */
export async function terminateApp(worker: AppWorker): Promise<void> {
  await worker.hooks.run('appTerminate', {
    hookData: worker.appLevelHookData,
    appHookData: worker.appHookData,
  });
}
