import { Disposable } from './disposable.ts';
import { SystemRangeError } from './systemError.ts';

const hookNames = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;
type HookName = (typeof hookNames)[number];
type Hook = (context: object) => unknown;

/** The hooks that an app has registered; they run one after the other, in the order of registration. */
export class Hooks {
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

  /** Awaits each hook in turn; the first that throws ends it. */
  async run(name: Exclude<HookName, 'log'>, context: object): Promise<void> {
    for (const hook of [...this.#hooks[name]]) await hook(context);
  }

  /** Log hooks are synchronous: what they change in the context is what gets logged. */
  runLog(context: object): void {
    for (const hook of [...this.#hooks.log]) hook(context);
  }

  get hasLogHooks(): boolean {
    return this.#hooks.log.length > 0;
  }
}
