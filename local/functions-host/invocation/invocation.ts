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
  /** An empty name stands for the trigger. Inputs that the host itself provides are added to these. */
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly retryContext?: {
    readonly retryCount: number;
    readonly maxRetryCount: number;
    readonly exception?: {
      readonly message: string;
      readonly source: string;
      readonly stackTrace: string;
    };
  };
  /** What the log gives as the reason of the run. */
  readonly reason?: string;
  /** The caller's `traceparent`; a new one is made when it is left out. */
  readonly traceParent?: string;
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

/** A binding as the app registered it. */
export type Binding = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly direction: string;
};

/** A registered function: its name as registered and all its bindings by name. */
export interface RegisteredFunction {
  readonly name: string;
  readonly functionId: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: Readonly<Record<string, unknown>>;
}

/** The binding whose type ends in `trigger`, with its name (Functions worker protocol); undefined when there is none. */
export function triggerOf(
  bindings: RegisteredFunction['bindings'],
): { readonly name: string; readonly binding: Binding } | undefined {
  for (const [name, binding] of Object.entries(bindings)) {
    if (binding.type.toLowerCase().endsWith('trigger')) return { name, binding };
  }
  return undefined;
}
