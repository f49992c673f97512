/** A value in the Functions worker's protocol: an object with exactly one member. `{}` is null. */
export interface TypedData {
  readonly string?: string;
  readonly json?: string;
  readonly bytes?: Uint8Array;
  readonly int?: number;
  readonly double?: number;
  readonly http?: object;
  readonly collectionString?: { readonly string: readonly string[] };
}

/** The request to run a function once. */
export interface Invocation {
  readonly functionName: string;
  /** Default: a new one. */
  readonly invocationId?: string;
  /** An empty name stands for the trigger. The host adds the inputs that it provides itself. */
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
  /** The reason of the run in the log. */
  readonly reason?: string;
  /** The caller's `traceparent`. Default: a new one. */
  readonly traceParent?: string;
}

/**
 * The outcome of an invocation. `result` is the handler's value before encoding: for an
 * orchestrator, the library's state object.
 */
export type InvocationOutcome =
  | {
      readonly ok: true;
      readonly outputData: readonly { readonly name: string; readonly data: TypedData }[];
      readonly returnValue: TypedData | null | undefined;
      readonly result: unknown;
    }
  | { readonly ok: false; readonly error: unknown };

/** Runs a function with its hooks. Never rejects. */
export type Invoke = (invocation: Invocation) => Promise<InvocationOutcome>;

/** A binding as the app registered it. */
export type Binding = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly direction: string;
};

/** A registered function, with its bindings by name. */
export interface RegisteredFunction {
  readonly name: string;
  readonly functionId: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: Readonly<Record<string, unknown>>;
}

/**
 * Returns the binding whose type ends in `trigger` (Functions worker protocol); undefined when
 * there is none.
 */
export function triggerOf(
  bindings: RegisteredFunction['bindings'],
): { readonly name: string; readonly binding: Binding } | undefined {
  for (const [name, binding] of Object.entries(bindings)) {
    if (binding.type.toLowerCase().endsWith('trigger')) return { name, binding };
  }
  return undefined;
}
