import type { RegisteredFunction } from '../invocation/invocation.ts';

const kinds = { orchestrationtrigger: 'orchestrator', activitytrigger: 'activity' } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

/** The app's orchestrators and activities. Names match in any case (Durable extension protocol). */
export class DurableFunctions {
  readonly #names = new Map<string, string>();

  constructor(functions: readonly RegisteredFunction[]) {
    for (const { name, bindings } of functions) {
      for (const { type } of Object.values(bindings)) {
        const trigger = type.toLowerCase();
        if (trigger === 'orchestrationtrigger' || trigger === 'activitytrigger')
          this.#names.set(`${kinds[trigger]} ${name.toLowerCase()}`, name);
      }
    }
  }

  /** Returns the registered name; undefined when there is no such function. */
  find(kind: Kind, name: string): string | undefined {
    return this.#names.get(`${kind} ${name.toLowerCase()}`);
  }
}

/** Returns the extension's message for a function that does not exist. */
export function noSuchFunction(kind: Kind, name: string): string {
  return `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function.`;
}
