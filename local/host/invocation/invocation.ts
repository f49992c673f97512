/** TypedData of the Functions worker's protocol: an object with exactly one member; `{}` is null. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: object;
  readonly collectionString?: { readonly string: readonly string[] };
}

/** One run of one function, as the host asks the worker for it. */
export interface Invocation {
  readonly functionName: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly retryContext?: { readonly retryCount: number; readonly maxRetryCount: number };
}

/** What came of it. `result` is the handler's own value before encoding: for an orchestrator, the SDK's state object. */
export type InvocationOutcome =
  | {
      readonly ok: true;
      readonly outputData: readonly { readonly name: string; readonly data: TypedData }[];
      readonly returnValue: TypedData | null | undefined;
      readonly result: unknown;
    }
  | { readonly ok: false; readonly error: unknown };

/** Runs a function through the app's programming model, hooks included. Never rejects. */
export type Invoke = (invocation: Invocation) => Promise<InvocationOutcome>;

/** A registered function: its name as registered and all its bindings by name. */
export interface RegisteredFunction {
  readonly name: string;
  readonly functionId: string;
  readonly bindings: Readonly<Record<string, Readonly<Record<string, unknown>> & { readonly type: string; readonly direction: string }>>;
  readonly retryOptions?: Readonly<Record<string, unknown>>;
}
