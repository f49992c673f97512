import type { Invocation, TypedData } from '../invocation/invocation.ts';
import { type AppWorker, type Registration, SystemError } from './appWorker.ts';
import type { CoreInvocationContext } from './programmingModel.ts';

/**
 * The result of a function. `result` is the handler's value after the hooks and before encoding.
 */
export interface InvocationResult {
  readonly outputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly returnValue: TypedData | null | undefined;
  readonly result: unknown;
}

/**
 * Runs one invocation with its hooks through the app's programming model (Functions worker
 * protocol). Rejects with the error of the handler, a hook or the encoding, unless a hook has
 * removed the error.
 */
export async function runInvocation(
  worker: AppWorker,
  { registered, metadata, callback }: Registration,
  invocationId: string,
  {
    inputData,
    triggerMetadata,
    retryContext,
    traceParent,
  }: Invocation & { readonly traceParent: string },
): Promise<InvocationResult> {
  const model = worker.programmingModel;
  if (model === undefined)
    throw new SystemError('The app has set no programming model: it must load @azure/functions.');
  const hookData: Record<string, unknown> = {};
  let invocationContext: unknown;
  const core: CoreInvocationContext = {
    invocationId,
    metadata,
    request: {
      invocationId,
      functionId: registered.functionId,
      inputData,
      triggerMetadata,
      traceContext: { traceParent, traceState: '', attributes: {} },
      ...(retryContext === undefined ? {} : { retryContext }),
    },
    state: undefined,
    log: (level, category, message) => {
      const logCategory = `Function.${registered.name}${category === 'user' ? '.User' : ''}`;
      worker.log(level, category, message, logCategory, invocationContext, hookData);
    },
  };
  const invocation = model.getInvocationModel(core);
  const { context, inputs } = await invocation.getArguments();
  invocationContext = context;

  const before = {
    hookData,
    appHookData: worker.appHookData,
    invocationContext: context,
    functionCallback: callback,
    inputs,
  };
  await inState(core, 'preInvocationHooks', () => worker.hooks.run('preInvocation', before));

  const after: { result: unknown; error: unknown } & Record<string, unknown> = {
    hookData,
    appHookData: worker.appHookData,
    invocationContext: context,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  await inState(core, 'invocation', async () => {
    try {
      after.result = await invocation.invokeFunction(
        context,
        before.inputs,
        before.functionCallback,
      );
    } catch (error) {
      // `throw undefined` is a failure too.
      after.error = error ?? new Error('the function threw null or undefined');
    }
  });
  await inState(core, 'postInvocationHooks', () => worker.hooks.run('postInvocation', after));
  const isFailed = after.error !== null && after.error !== undefined;
  if (isFailed) throw after.error;

  const response = await invocation.getResponse(context, after.result);
  return {
    outputData: response.outputData ?? [],
    returnValue: response.returnValue,
    result: after.result,
  };
}

async function inState(
  core: CoreInvocationContext,
  state: CoreInvocationContext['state'],
  work: () => Promise<void>,
): Promise<void> {
  core.state = state;
  try {
    await work();
  } finally {
    core.state = undefined;
  }
}
