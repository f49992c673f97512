import { createRequire, Module } from 'node:module';
import { pathToFileURL } from 'node:url';

// Loads an app as the Functions worker does, in a process that has loaded nothing else, and prints how long that took.
const [, , file = ''] = process.argv;
let functions = 0;
class Disposable {
  static from(): Disposable {
    return new Disposable();
  }

  readonly dispose = (): undefined => undefined;
}
const core = {
  version: '3.13.0',
  hostVersion: '4.1044.0',
  Disposable,
  registerFunction: () => {
    functions += 1;
    return new Disposable();
  },
  registerHook: () => new Disposable(),
  setProgrammingModel: () => undefined,
  getProgrammingModel: () => undefined,
  log: () => undefined,
};
const load: unknown = Reflect.get(Module.prototype, 'require');
if (typeof load !== 'function') throw new Error('this Node.js has no require to intercept');
Reflect.set(Module.prototype, 'require', function require(this: Module, id: string): unknown {
  return id === '@azure/functions-core' ? core : Reflect.apply(load, this, [id]);
});
const startMs = performance.now();
if (file.endsWith('.cjs')) createRequire(file)(file);
else await import(pathToFileURL(file).href);
const loadMs = performance.now() - startMs;
console.log(JSON.stringify({ loadMs, functions }));
