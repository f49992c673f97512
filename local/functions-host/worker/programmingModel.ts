import { registerHooks } from 'node:module';
import type { TypedData } from '../invocation/invocation.ts';
import type { LogLevel } from '../log.ts';

/** The metadata that an app passes to `registerFunction`. */
export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, object>>;
}

/** The handler of a function. Its arguments are the trigger value and the context. */
export type FunctionCallback = (...args: unknown[]) => unknown;

/** The context of one invocation that a programming model gets (Functions worker protocol). */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: object;
  readonly metadata: object;
  state: 'preInvocationHooks' | 'postInvocationHooks' | 'invocation' | undefined;
  log(level: LogLevel, category: string, message: string): void;
}

/** Encodes and decodes one invocation (Functions worker protocol). */
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

/**
 * The programming model that a library such as `@azure/functions` registers with
 * `setProgrammingModel`.
 */
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
const coreSymbol = Symbol.for('functions-core');

/**
 * Makes `@azure/functions-core`, which no package provides, resolve to `members` in every `require`
 * and `import`. Call it before any code loads `@azure/functions`, which resolves the module only
 * once.
 */
export function provideCore(members: Readonly<Record<string, unknown>>): void {
  Reflect.set(globalThis, coreSymbol, members);
  // Single assignments, so that `import { name } from` finds the names.
  const source = [
    "const core = globalThis[Symbol.for('functions-core')];",
    ...Object.keys(members).map((name) => `exports.${name} = core.${name};`),
  ].join('\n');
  registerHooks({
    resolve: (requested, context, next) =>
      requested === specifier
        ? { url: address, format: 'commonjs', shortCircuit: true }
        : next(requested, context),
    load: (url, context, next) =>
      url === address ? { format: 'commonjs', source, shortCircuit: true } : next(url, context),
  });
}
