import { Linter } from 'eslint';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { deterministic, orchestratorFence } from '../../../tools/lint/orchestratorFence.ts';

const linter = new Linter();
const typescript = defineConfig({ files: ['**/*.ts'], extends: [tseslint.configs.base] });

/** Returns the rules that a code breaks; the message when it cannot be parsed. */
function brokenRules(code: string, filename: string, ...config: Linter.Config[]): string[] {
  const messages = linter.verify(code, [...typescript, ...config], { filename });
  const names = messages.map(
    ({ ruleId, message }) => ruleId?.replace(/^.*restricted-/, '') ?? message,
  );
  return [...new Set(names)].sort();
}

const fence = orchestratorFence([
  'orchestrations/users/batch.ts',
  'orchestrations/users/jobSteps.ts',
  'orchestrations/steps.ts',
]);

const good = [
  "import * as df from 'durable-functions';",
  "import type { z } from 'zod';",
  "import { call } from '../steps.ts';",
  "import { plan } from '../../shared/domain/batches.ts'; import { taskSchema } from '../../shared/contracts/task.ts';",
  'export function* watch(context: { df: { currentUtcDateTime: Date } }) { const at = new Date(context.df.currentUtcDateTime.getTime() + 1000); yield at; }',
  "import { runJob } from './jobSteps.ts';",
  'const at = Date.parse("2026-11-20T08:00:00Z");',
  'function f(process: number) { return process; }',
  'const task = { process: 1, fetch: 2, Promise: 3 }; task.fetch;',
  'const biggest = Math.max(1, 2);',
  "const most = Math['max'](1, 2);",
  'const at = Date.UTC(2026, 10, 20); const isDate = (value: unknown) => value instanceof Date;',
  'interface Watch { at: Date; wait: Promise<void>; run: typeof process; fetch: typeof globalThis.fetch; }',
  'class Steps { process() { return this.fetch; } fetch = 1; }',
  "import { fetch as read } from '../steps.ts'; export { read as process };",
  "const same = 'a'.localeCompare('b', 'en'); const text = (1234).toLocaleString('en');",
];

const bad: [code: string, ...rules: string[]][] = [
  ["import { z } from 'zod';", 'imports'],
  ["import { readFile } from 'node:fs';", 'imports'],
  ["import { app } from '@azure/functions';", 'imports'],
  ["import { createJob } from './createJob.ts';", 'imports'],
  ["import { registerOrchestrations } from './register.ts';", 'imports'],
  ["import type { Stores } from '../../shared/storage/stores.ts';", 'imports'],
  ["export { createJobClient } from '../../shared/graph/jobs.ts';", 'imports'],
  ["const late = import('../../tools/lint/steps.ts');", 'syntax'],
  ['const now = Date.now();', 'properties'],
  ["const now = Date['now']();", 'properties'],
  ['const now = new Date();', 'syntax'],
  ['const now = Date();', 'syntax'],
  ['const n = Math.random();', 'properties'],
  ['const id = crypto.randomUUID();', 'globals'],
  ['const size = process.env.BATCH_SIZE;', 'globals'],
  ['const timer = setTimeout(() => 1, 10);', 'globals'],
  ['queueMicrotask(() => 1);', 'globals'],
  ["const answer = fetch('https://example.com');", 'globals'],
  ['const now = globalThis.Date.now();', 'globals'],
  ['const took = performance.now();', 'globals'],
  ['const both = Promise.all([]);', 'globals'],
  ["const fs = require('node:fs');", 'globals'],
  ["type Fs = import('node:fs').Stats;", 'syntax'],
  ['const signal = AbortSignal.timeout(10);', 'globals'],
  ['const text = new Intl.DateTimeFormat().format();', 'globals'],
  ['const at = new Date(...[]);', 'syntax'],
  ['const now = Date?.now();', 'properties'],
  ['const now = Date[`now`]();', 'properties', 'syntax'],
  ['const { now } = Date; now();', 'properties', 'syntax'],
  ['const Clock = Date; new Clock();', 'syntax'],
  ['const { random } = Math; random();', 'properties', 'syntax'],
  ["const n = Math['random']();", 'properties'],
  ["const name = 'random'; Math[name as 'random']();", 'syntax'],
  ['const size = process!.env;', 'globals'],
  ['const now = (Date as { now(): number }).now();', 'syntax'],
  ['const now = (globalThis as { at?: number }).at;', 'globals'],
  ['const all = { process };', 'globals'],
  ['function wait(ms = performance.now()) { return ms; }', 'globals'],
  ["const order = 'a'.localeCompare('b');", 'syntax'],
  ['const text = (1234).toLocaleString();', 'syntax'],
  ['async function f() { return 1; }', 'syntax'],
  ['const steps = { async run() { return 1; } };', 'syntax'],
  ['async function* f() { yield 1; }', 'syntax'],
  ['async function f(lock: AsyncDisposable) { await using held = lock; return held; }', 'syntax'],
  ['const f = async () => 1;', 'syntax'],
  ['async function f() { await 1; }', 'syntax'],
  ['async function f(all) { for await (const one of all) one; }', 'syntax'],
  ['f(Date);', 'syntax'],
  ['const o = { Date };', 'syntax'],
  ['const o = { Date: Date };', 'syntax'],
  ['const l = [Date];', 'syntax'],
  ['class X extends Date {}', 'syntax'],
  ['const k = Math[key];', 'syntax'],
  ['new (Date)();', 'syntax'],
  ["Date['no' + 'w']();", 'syntax'],
  ["'a'['localeCompare']('b');", 'syntax'],
  ['export { Date as D };', 'syntax'],
  ['export default Date;', 'syntax'],
  ['const m = cond ? Math : 1;', 'syntax'],
  ['new Foo(Math);', 'syntax'],
  ['Reflect.construct(Date, []);', 'syntax'],
  ['Date.bind(null);', 'properties'],
  ['const {parse} = Date;', 'syntax'],
  ['let x: unknown; x = Date;', 'syntax'],
  ['function f(d = Date) {}', 'syntax'],
  ['const t = Math?.random?.();', 'properties'],
  ['new Date(1).toLocaleDateString?.();', 'syntax'],
  ["import fs = require('node:fs');", 'imports'],
  ["export * from 'node:fs';", 'imports'],
  ["import 'node:fs';", 'imports'],
  ["import type { A, B } from '@azure/functions';", 'imports'],
  ['x.map(Date);', 'syntax'],
  ['tag`${Date}`;', 'syntax'],
  ['const { random: r } = Math;', 'properties', 'syntax'],
  ['void Date;', 'syntax'],
  ['typeof Date;', 'syntax'],
  ["import { wait } from './steps.ts';", 'imports'],
];

describe('an orchestrator', () => {
  it.each(good)('may contain %s', (code) => {
    expect(brokenRules(code, 'orchestrations/users/batch.ts', ...fence)).toEqual([]);
  });

  it.each(bad)('must not contain %s', (code, ...rules) => {
    expect(brokenRules(code, 'orchestrations/users/batch.ts', ...fence)).toEqual(rules);
  });
});

describe('the domain', () => {
  it.each([
    ["import { z } from 'zod';"],
    ['const now = Date.now();', 'properties'],
    ["const late = import('../../tools/lint/counts.ts');", 'syntax'],
  ])('with %s breaks %j', (code, ...rules) => {
    expect(brokenRules(code, 'shared/domain/plan.ts', { rules: deterministic })).toEqual(rules);
  });
});
