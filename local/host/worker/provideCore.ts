import { registerHooks } from 'node:module';

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
