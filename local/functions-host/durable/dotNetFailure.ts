// The exact texts of the real host: its exceptions reach the orchestrator with message, stacks and
// server paths. An app that stores or shows an error must get the same text here.
const workerFrames = [
  '   at Microsoft.Azure.WebJobs.Script.Description.WorkerFunctionInvoker.InvokeCore(Object[] parameters, FunctionInvocationContext context) in /_/src/WebJobs.Script/Description/Workers/WorkerFunctionInvoker.cs:line 101',
  '   at Microsoft.Azure.WebJobs.Script.Description.FunctionInvokerBase.Invoke(Object[] parameters) in /_/src/WebJobs.Script/Description/FunctionInvokerBase.cs:line 82',
  '   at Microsoft.Azure.WebJobs.Script.Description.FunctionGenerator.Coerce[T](Task`1 src) in /_/src/WebJobs.Script/Description/FunctionGenerator.cs:line 225',
  '   at Microsoft.Azure.WebJobs.Host.Executors.FunctionInvoker`2.InvokeAsync(Object instance, Object[] arguments) in D:\\a\\_work\\1\\s\\src\\Microsoft.Azure.WebJobs.Host\\Executors\\FunctionInvoker.cs:line 52',
  '   at Microsoft.Azure.WebJobs.Host.Executors.FunctionExecutor.InvokeWithTimeoutAsync(IFunctionInvoker invoker, ParameterHelper parameterHelper, CancellationTokenSource timeoutTokenSource, CancellationTokenSource functionCancellationTokenSource, Boolean throwOnTimeout, TimeSpan timerInterval, IFunctionInstance instance)',
  '   at Microsoft.Azure.WebJobs.Host.Executors.FunctionExecutor.ExecuteWithLoggingAsync(IFunctionInstanceEx instance, FunctionStartedMessage message, FunctionInstanceLogEntry instanceLogEntry, ParameterHelper parameterHelper, ILogger logger, CancellationToken cancellationToken)',
].join('\n');
const orchestrationFrames = [
  'at System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(Exception source)',
  '   at Microsoft.Azure.WebJobs.Extensions.DurableTask.OutOfProcOrchestrationShim.HandleDurableTaskReplay(OrchestrationInvocationResult executionJson) in D:\\a\\_work\\1\\s\\src\\WebJobs.Extensions.DurableTask\\OutOfProcOrchestrationShim.cs:line 132',
  '   at Microsoft.Azure.WebJobs.Extensions.DurableTask.TaskOrchestrationShim.Execute(OrchestrationContext innerContext, String serializedInput)',
].join('\n');

/**
 * Returns the text of a value that a function has thrown, as the real worker reports it. An object
 * that is no Error becomes JSON.
 */
export function thrownText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  return typeof thrown === 'object' && thrown !== null ? JSON.stringify(thrown) : String(thrown);
}

/** Returns the `Details` of a failed activity: the exception of the real host as JSON. */
export function activityDetails(thrown: unknown): string {
  const text = thrownText(thrown);
  const stack =
    thrown instanceof Error && thrown.stack !== undefined ? `\nStack: ${thrown.stack}` : '';
  return JSON.stringify({
    $type: 'System.Exception, System.Private.CoreLib',
    ClassName: 'Microsoft.Azure.WebJobs.Host.FunctionInvocationException',
    Message: text,
    Data: null,
    InnerException: {
      ClassName: 'Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException',
      Message: `Result: Failure\nException: ${text}${stack}`,
      StackTraceString: workerFrames,
      HResult: -2146233088,
      Source: 'Microsoft.Azure.WebJobs.Script.Grpc',
    },
    StackTraceString: workerFrames,
    RemoteStackTraceString: null,
    HResult: -2146233088,
    Source: 'Microsoft.Azure.WebJobs.Host',
  });
}

/** Returns the `Details` of a failed sub-orchestration. */
export function orchestrationDetails(message: string): string {
  return `Message: ${message}, StackTrace: ${orchestrationFrames}`;
}

/**
 * Returns the error of an orchestrator that threw no Error. `message` is that of the error which
 * the library threw instead.
 */
export function noErrorText(message: string): string {
  return `One or more errors occurred. (Result: Failure\nException: ${message}\nStack: ${orchestrationFrames})`;
}
