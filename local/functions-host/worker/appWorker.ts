import { z } from 'zod';
import type { RegisteredFunction } from '../invocation/invocation.ts';
import { type HostLog, type LogLevel, parseLogLevel } from '../log.ts';
import type { FunctionCallback, FunctionMetadata, ProgrammingModel } from './programmingModel.ts';

/** The handle of a registration. `dispose` removes the registration once. */
class Disposable {
  #undo: (() => void) | undefined;

  constructor(undo: () => void) {
    this.#undo = undo;
  }

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    undo?.();
  }
}

/** An error of the worker itself. Apps recognise it by `isAzureFunctionsSystemError`. */
export class SystemError extends Error {
  override readonly name = 'AzFuncSystemError';
  readonly isAzureFunctionsSystemError = true;
}

/** A RangeError of the worker itself. */
class SystemRangeError extends RangeError {
  readonly isAzureFunctionsSystemError = true;
}

const hookNames = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;
type HookName = (typeof hookNames)[number];
type Hook = (context: object) => unknown;

/** The hooks of an app. They run one after the other, in the order of registration. */
class Hooks {
  readonly #hooks: Record<HookName, Hook[]> = {
    preInvocation: [],
    postInvocation: [],
    appStart: [],
    appTerminate: [],
    log: [],
  };

  register(name: string, hook: Hook): Disposable {
    const known = hookNames.find((hookName) => hookName === name);
    if (known === undefined) throw new SystemRangeError(`Unrecognized hook "${name}"`);
    const hooks = this.#hooks[known];
    hooks.push(hook);
    return new Disposable(() => {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
    });
  }

  /** Runs the hooks one after the other. The first one that throws ends the run. */
  async run(name: Exclude<HookName, 'log'>, context: object): Promise<void> {
    for (const hook of [...this.#hooks[name]]) await hook(context);
  }

  /**
   * Runs the log hooks, which are synchronous. Their changes to the context change the log entry.
   */
  runLog(context: object): void {
    for (const hook of [...this.#hooks.log]) hook(context);
  }

  get hasLogHooks(): boolean {
    return this.#hooks.log.length > 0;
  }
}

/** The version of the Functions runtime whose protocol this host implements. */
export const hostVersion = '4.1044.0';
const workerVersion = '3.13.0';

const metadataSchema = z.looseObject({
  name: z.string().min(1),
  functionId: z.string().optional(),
  bindings: z.record(z.string(), z.looseObject({ type: z.string(), direction: z.string() })),
  retryOptions: z.looseObject({}).nullish(),
});

/** A registered function with its handler. */
export interface Registration {
  readonly registered: RegisteredFunction;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

/**
 * The worker of one app: its functions, hooks and programming model, as registered through
 * `@azure/functions-core`.
 */
export class AppWorker {
  readonly hooks = new Hooks();
  /** Data that all hooks of the app share. */
  readonly appHookData: Record<string, unknown> = {};
  /** Data that the hooks of start and termination share. */
  readonly appLevelHookData: Record<string, unknown> = {};
  readonly #log: HostLog;
  readonly #registrations = new Map<string, Registration>();
  #model: ProgrammingModel | undefined;
  #isLocked = false;

  constructor(log: HostLog) {
    this.#log = log;
  }

  get registrations(): readonly Registration[] {
    return [...this.#registrations.values()];
  }

  get programmingModel(): ProgrammingModel | undefined {
    return this.#model;
  }

  /** Ends the registration: a later one throws. */
  lock(): void {
    this.#isLocked = true;
  }

  /** Writes a log entry of the app. The log hooks run first and may change it. */
  log(
    level: string,
    category: string,
    message: string,
    logCategory: string,
    invocationContext?: unknown,
    hookData: object = {},
  ): void {
    const entry = {
      level,
      category,
      message,
      hookData,
      appHookData: this.appHookData,
      invocationContext,
    };
    if (this.hooks.hasLogHooks) this.hooks.runLog(entry);
    const parsed: LogLevel = parseLogLevel(entry.level) ?? 'information';
    this.#log.entry(logCategory, parsed, entry.message);
  }

  /** Returns the members of the module `@azure/functions-core` (Functions worker protocol). */
  coreModule(): Readonly<Record<string, unknown>> {
    return {
      version: workerVersion,
      hostVersion,
      registerFunction: (metadata: unknown, callback: unknown) =>
        this.#register(metadata, callback),
      registerHook: (name: string, hook: (context: object) => unknown) =>
        this.hooks.register(name, hook),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: string, category: string, message: string) => {
        this.log(level, category, message, category === 'user' ? 'Function' : 'Worker');
      },
      Disposable,
    };
  }

  #register(metadata: unknown, callback: unknown): Disposable {
    const parsed = metadataSchema.safeParse(metadata);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        ({ path, message }) => `${path.join('.')}: ${message}`,
      );
      throw new SystemError(
        `A function cannot be registered with this metadata: ${problems.join('; ')}`,
      );
    }
    const { name, bindings, retryOptions } = parsed.data;
    if (this.#isLocked)
      throw new SystemError(`Function "${name}" can only be registered during app startup.`);
    if (typeof callback !== 'function') throw new SystemError(`Function "${name}" has no handler.`);
    const functionId = parsed.data.functionId ?? name;
    if (this.#registrations.has(functionId)) {
      throw new SystemError(`A function with id "${functionId}" has already been registered.`);
    }
    this.#registrations.set(functionId, {
      registered: { name, functionId, bindings, ...(retryOptions == null ? {} : { retryOptions }) },
      metadata: { name, bindings },
      callback: (...args) => Reflect.apply(callback, undefined, args) as unknown,
    });
    return new Disposable(() => {
      if (this.#isLocked)
        throw new SystemError(`Function "${name}" can only be disposed during app startup.`);
      this.#registrations.delete(functionId);
    });
  }
}
