import { registerHooks } from 'node:module';
import type { TypedData } from '../invocation/invocation.ts';
import type { LogLevel } from '../log.ts';

/** What an app registers by `registerFunction`, as the app gave it. */
export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, object>>;
}

/** The handler of a function: trigger value, then the context. */
export type FunctionCallback = (...args: unknown[]) => unknown;

/** What a programming model gets for one invocation (Functions worker protocol). */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: object;
  readonly metadata: object;
  state: 'preInvocationHooks' | 'postInvocationHooks' | 'invocation' | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(
    context: unknown,
    result: unknown,
  ): Promise<{
    readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[] | null;
    readonly returnValue?: TypedData | null;
  }>;
}

/** What a library such as `@azure/functions` registers by `setProgrammingModel`. */
export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities?(
    capabilities: Record<string, string>,
  ): Promise<Record<string, string>> | Record<string, string>;
}

const specifier = '@azure/functions-core';
const address = 'functions-core:module';
const place = Symbol.for('functions-core');

/**
 * Makes `@azure/functions-core`, which no package provides, resolve to `members` for `require` and `import` alike,
 * wherever it is asked for. Must be called before anything loads `@azure/functions`, which looks it up only once.
 */
export function provideCore(members: Readonly<Record<string, unknown>>): void {
  Reflect.set(globalThis, place, members);
  // Written out as assignments so that `import { name } from` finds the names as well.
  const source = [
    "const core = globalThis[Symbol.for('functions-core')];",
    ...Object.keys(members).map((name) => `exports.${name} = core.${name};`),
  ].join('\n');
  registerHooks({
    resolve: (asked, context, next) =>
      asked === specifier
        ? { url: address, format: 'commonjs', shortCircuit: true }
        : next(asked, context),
    load: (url, context, next) =>
      url === address ? { format: 'commonjs', source, shortCircuit: true } : next(url, context),
  });
}
