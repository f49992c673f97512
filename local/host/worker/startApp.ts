import { HostStartError } from '../hostStartError.ts';
import { errorText } from '../log/errorText.ts';
import type { AppWorker } from './appWorker.ts';

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
 * Ends the app's start once its files are loaded: start hooks, then the capabilities, then registration is over.
 * @throws HostStartError when a start hook throws or the app asks for HTTP streaming
 */
export async function startApp(worker: AppWorker, appDir: string): Promise<void> {
  try {
    await worker.hooks.run('appStart', {
      hookData: worker.appLevelHookData,
      appHookData: worker.appHookData,
      functionAppDirectory: appDir,
    });
  } catch (error) {
    throw new HostStartError(`an appStart hook failed: ${errorText(error)}`, { cause: error });
  }
  const asked = await worker.programmingModel?.getCapabilities?.(
    Object.fromEntries(capabilities.map((name) => [name, 'true'])),
  );
  if (asked?.['HttpUri'] !== undefined) {
    throw new HostStartError(
      'the app asks for HTTP streaming, which this host does not have: remove enableHttpStream from app.setup(), or run the app with Core Tools',
    );
  }
  worker.lock();
}

/** Runs the app's termination hooks. */
export async function terminateApp(worker: AppWorker): Promise<void> {
  await worker.hooks.run('appTerminate', {
    hookData: worker.appLevelHookData,
    appHookData: worker.appHookData,
  });
}
